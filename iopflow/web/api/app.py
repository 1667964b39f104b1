"""The API as an application of its own, with the document that describes it."""

from typing import Any

from fastapi import FastAPI

from iopflow import __version__
from iopflow.web.api import acts, figures, tasks
from iopflow.web.api.gate import OPEN, Gate
from iopflow.web.api.problems import MEDIA, listen
from iopflow.web.page import Site
from iopflow.web.security import App

PLACE = "/api"
_ABOUT = (
    "Tasks, what is done with them, talks and indicators, with the rules and the access of the "
    "pages. A token belongs to one program and has one role at one place. Ids are those of the "
    "import tables; no answer holds a name."
)


class Api(FastAPI):
    """Documents errors as what they are, problem+json, which FastAPI has no word for."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        if self.openapi_schema is None:
            document = super().openapi()
            for path in document["paths"].values():
                for operation in path.values():
                    for status, answer in operation["responses"].items():
                        if status >= "400" and "application/json" in answer.get("content", {}):
                            answer["content"] = {MEDIA: answer["content"]["application/json"]}
        return super().openapi()


def create_api(site: Site) -> App:
    """What answers below /api. It reads no clock and no environment: all it knows is in `site`."""
    api = Api(
        title="iopflow",
        version=__version__,
        description=_ABOUT,
        openapi_url=OPEN,
        docs_url=None,
        redoc_url=None,
        root_path_in_servers=False,
        servers=[{"url": PLACE}],
        redirect_slashes=False,
    )
    api.state.site = site
    for one in (tasks, figures, acts):
        api.include_router(one.router, prefix="/v1")
    listen(api, site.settings.language)
    return Gate(api, site.settings.language)
