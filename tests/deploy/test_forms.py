"""The files of deploy/: well formed by the rules of their tools, and agreeing with the code.

Images are not built and no cluster is started here: there is no engine for it.
"""

import re
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from compose_spec import PyCompose

from services.cli.up import PROGRAMS
from shared.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
BIN = Path(sysconfig.get_path("scripts"))
PROCESSES = {program.name for program in PROGRAMS}
VARIABLES = {f"TDKT_{name.upper()}" for name in Settings.model_fields}
COMPOSE = yaml.safe_load((DEPLOY / "compose/compose.yaml").read_text())


# The demo


def test_make_demo_starts_on_the_ports_it_is_given() -> None:
    make = shutil.which("make")
    assert make
    said = subprocess.run(
        [make, "--dry-run", "demo", "DATA=elsewhere", "PORT=8081", "NATS_PORT=4223"],
        capture_output=True, text=True, check=True, cwd=ROOT, timeout=30,
    ).stdout  # fmt: skip
    assert "tdkt up --demo --data elsewhere --port 8081 --nats-port 4223" in said


# The image


def test_the_image_is_built_from_what_is_there_and_runs_as_nobody() -> None:
    lines = [line.strip() for line in (DEPLOY / "Dockerfile").read_text().splitlines()]
    copied = [line.split()[1:-1] for line in lines if line.startswith("COPY ") and "--from" not in line]
    assert all((ROOT / path).exists() for paths in copied for path in paths)
    assert [line for line in lines if line.startswith("USER ")] == ["USER 10001:10001"]
    assert any("--require-hashes" in line for line in lines)
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert {path.split("/")[0] for paths in copied for path in paths} <= let_in


# Compose


def test_the_composition_is_valid() -> None:
    text = (DEPLOY / "compose/compose.yaml").read_text()
    given = {"POSTGRES_PASSWORD": "x"}
    named = re.sub(r"\$\{(\w+)(?::[-?]([^}]*))?\}", lambda match: given.get(match[1], match[2] or ""), text)
    merged = yaml.safe_dump(yaml.safe_load(named))  # with `<<` carried out
    PyCompose.from_yaml(merged).to_spec()


def test_every_process_has_its_container_with_settings_that_exist() -> None:
    services: Mapping[str, Any] = COMPOSE["services"]
    served = {one["command"][1] for one in services.values() if one.get("command", [None])[0] == "serve"}
    assert served == PROCESSES
    for name, one in services.items():
        assert {key for key in one.get("environment", {}) if key.startswith("TDKT_")} <= VARIABLES, name
        if "TDKT_IMAGE" in one["image"]:
            assert one["read_only"] and one["cap_drop"] == ["ALL"], name


def test_the_example_of_the_environment_names_what_has_no_default() -> None:
    text = (DEPLOY / "compose/compose.yaml").read_text()
    demanded = set(re.findall(r"\$\{(\w+):\?", text))
    told = {line.split("=")[0] for line in (DEPLOY / "compose/env.example").read_text().splitlines() if "=" in line}
    assert demanded <= told


# Kubernetes


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The example overlay with keys made for it, as `kubectl kustomize` renders it."""
    folder = tmp_path_factory.mktemp("deploy") / "deploy"
    shutil.copytree(DEPLOY, folder, ignore=shutil.ignore_patterns("keys"))
    example = folder / "kustomize/example"
    subprocess.run([example / "make-keys.sh"], check=True, env={"PATH": f"{BIN}:/usr/bin:/bin"})
    kubectl = shutil.which("kubectl")
    assert kubectl, "kubectl is missing: apt-get install -y kubernetes-client"
    told = subprocess.run([kubectl, "kustomize", example], check=True, capture_output=True, text=True)
    return [one for one in yaml.safe_load_all(told.stdout) if one]


def test_every_resource_satisfies_its_schema(rendered: list[dict[str, Any]]) -> None:
    for one in rendered:
        kubernetes_validate.validate(one, "1.32", strict=True)


def test_every_process_is_deployed_with_settings_that_exist(rendered: list[dict[str, Any]]) -> None:
    served = {pod["containers"][0]["args"][1] for pod in _pods(rendered) if _args(pod)[:1] == ["serve"]}
    assert served == PROCESSES
    (settings,) = (one for one in rendered if one["kind"] == "ConfigMap" and "tdkt-settings" in one["metadata"]["name"])
    assert settings["data"].keys() <= VARIABLES


def test_no_container_is_root_or_writes_its_image(rendered: list[dict[str, Any]]) -> None:
    for pod in _pods(rendered):
        assert pod["securityContext"]["runAsNonRoot"] and pod["automountServiceAccountToken"] is False
        for container in pod["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"]
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
            assert container["resources"]["limits"]["memory"]


def test_a_process_sees_its_own_key_and_no_other(rendered: list[dict[str, Any]]) -> None:
    for pod in _pods(rendered):
        if _args(pod)[:1] != ["serve"]:
            continue
        name = _args(pod)[1]
        seen = {item["key"] for volume in pod["volumes"] for item in volume.get("secret", {}).get("items", ())}
        private = {key for key in seen if not key.endswith(".pub")}
        of_the_portal = {"portal.key", "accounts.key"} if name == "portal" else set()
        assert private == {f"{name}.seed"} | of_the_portal


def test_the_base_holds_no_secret() -> None:
    for path in (DEPLOY / "kustomize/base").glob("*.yaml"):
        assert all((one or {}).get("kind") != "Secret" for one in yaml.safe_load_all(path.read_text()))


def _pods(rendered: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for one in rendered:
        if one["kind"] in ("Deployment", "StatefulSet", "Job"):
            yield one["spec"]["template"]["spec"]


def _args(pod: Mapping[str, Any]) -> list[str]:
    return list(pod["containers"][0].get("args", []))
