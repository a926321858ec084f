"""What every test may rely on: no real account, no real network."""

import os

# Before anything imports boto3 or a function.
os.environ |= {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
    "AWS_EC2_METADATA_DISABLED": "true",
    "POWERTOOLS_SERVICE_NAME": "earwitness",
    "POWERTOOLS_METRICS_NAMESPACE": "Earwitness",
    "POWERTOOLS_LOG_LEVEL": "INFO",
}
os.environ.pop("AWS_PROFILE", None)

from hypothesis import settings

# The same examples in every run: what fails, fails for everybody. `--hypothesis-profile=search`
# looks further.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None, max_examples=1000)
settings.load_profile("steady")
