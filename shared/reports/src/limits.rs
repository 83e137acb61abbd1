//! Limits on what is read. Reports are far below them; what is above is refused and never cut.

/// Bytes of one line of a CSV file, line breaks within quotes included.
pub const LINE: usize = 256 * 1024;
/// Bytes of one cell. POP's longest declared column has 256 characters.
pub const CELL: usize = 8 * 1024;
/// Columns of a report; POP's reports have some 90.
pub const COLUMNS: usize = 1000;
/// Bytes of an id; POP's have up to 64 characters, order descriptions are no ids.
pub const ID: usize = 256;
/// Batches in all files together.
pub const BATCHES: usize = 100_000;
/// Lines of all files that belong to one payment.
pub const LINES_OF_A_PAYMENT: usize = 10_000;

/// Bytes of a workbook's file.
pub const WORKBOOK: u64 = 512 * 1024 * 1024;
/// Parts of a workbook's archive.
pub const WORKBOOK_PARTS: usize = 1000;
/// Bytes of a sheet when unpacked: a million lines of 25 columns have some 1.5 GB.
pub const SHEET: u64 = 4 * 1024 * 1024 * 1024;
/// Bytes of a workbook's table of texts when unpacked. It is held in memory.
pub const SHARED_TEXTS: u64 = 128 * 1024 * 1024;
/// How many texts it may have.
pub const SHARED_TEXTS_NUMBER: usize = 4_000_000;
/// Bytes of the other parts that are read, when unpacked.
pub const WORKBOOK_PART: u64 = 1024 * 1024;
