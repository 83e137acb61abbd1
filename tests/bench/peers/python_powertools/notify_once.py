"""The notify job with the idempotency of Powertools for AWS Lambda around it: each message is worked in once, which a
record in a table of its own remembers. That takes two more writes, one before the work and one after it."""

import os

from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, IdempotencyConfig, idempotent_function

import notify

TABLE = os.environ.get("IDEMPOTENCY_TABLE_NAME", notify.TABLE + "-idempotency")
CONFIG = IdempotencyConfig(expires_after_seconds=3600)
RECORDS = DynamoDBPersistenceLayer(table_name=TABLE, boto3_client=notify.DYNAMODB)


@idempotent_function(data_keyword_argument="text", persistence_store=RECORDS, config=CONFIG)
def commit_once(*, text, message):
    """Known again by the text of the message, since a repetition may carry another time and signature."""
    return notify.commit(message)


def work(message):
    return commit_once(text=message["body"].decode(), message=message)


def handler(event, context):
    CONFIG.register_lambda_context(context)
    return notify.receive(event, work)
