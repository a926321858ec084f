"""What every test stands on: an AWS account that is nobody's."""

import os

# Set before anything imports boto3: a test never reaches a real account by accident.
os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_SESSION_TOKEN="testing",
    AWS_DEFAULT_REGION="eu-central-1",
    AWS_REGION="eu-central-1",
    AWS_ACCOUNT_ID_ENDPOINT_MODE="disabled",  # moto does not know account-based endpoints
    AWS_EC2_METADATA_DISABLED="true",
    POWERTOOLS_SERVICE_NAME="earwitness",
    POWERTOOLS_METRICS_NAMESPACE="Earwitness",
    POWERTOOLS_DEV="false",
)
for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ENDPOINT_URL", "AWS_CA_BUNDLE"):
    os.environ.pop(name, None)
os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
