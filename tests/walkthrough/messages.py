"""Messages of the capture queue, by hand, as with SQS's console: for what popctl leaves alone since it is none of ours.

    CAPTURE_QUEUE_URL=... python messages.py send BODY...     into the capture queue
    CAPTURE_QUEUE_URL=... python messages.py take             shows what lies in its dead-letter queue, and deletes it

Needs boto3, region and credentials, as every AWS client.
"""

import json
import os
import sys

import boto3


def dead_letters(sqs, url):
    """The address of the queue's dead-letter queue."""
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])["Attributes"]
    name = json.loads(attributes["RedrivePolicy"])["deadLetterTargetArn"].rsplit(":", 1)[1]
    return sqs.get_queue_url(QueueName=name)["QueueUrl"]


def main(words):
    url = os.environ.get("CAPTURE_QUEUE_URL")
    match words:
        case ["send", *bodies] if url and bodies:
            sqs = boto3.client("sqs")
            for body in bodies:
                sqs.send_message(QueueUrl=url, MessageBody=body)
        case ["take"] if url:
            sqs = boto3.client("sqs")
            dead = dead_letters(sqs, url)
            for message in sqs.receive_message(QueueUrl=dead, MaxNumberOfMessages=10).get("Messages", []):
                print(message["Body"])
                sqs.delete_message(QueueUrl=dead, ReceiptHandle=message["ReceiptHandle"])
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
