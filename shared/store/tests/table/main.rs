//! The contract of the table over memory and over DynamoDB's semantics (an emulator in this process), and what only
//! DynamoDB has: TTL, costs, outages.

mod contract;
mod dynamo;
mod embedded;
