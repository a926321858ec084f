"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

Stack = Annotated[str, typer.Option("--stack", help="The name the stack was deployed by.")]
Region = Annotated[
    str | None, typer.Option("--region", help="AWS region; else AWS_REGION or the profile's.")
]
Profile = Annotated[
    str | None, typer.Option("--profile", help="AWS profile; else AWS_PROFILE or the default one.")
]
