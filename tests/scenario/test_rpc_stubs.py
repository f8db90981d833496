"""Python stubs of grpc.health, grpc.reflection, grpc.testing, load reports and the tests' own
service."""

import pathlib
import shutil
import subprocess
import sys
import tempfile

import grpc

ROOT = pathlib.Path(__file__).resolve().parents[2]
_folder = tempfile.TemporaryDirectory(prefix="duban-rpc-stubs-")


def _generate(root, *names):
    subprocess.run(["protoc", f"--proto_path={root}",
                    f"--plugin=protoc-gen-grpc={shutil.which('grpc_python_plugin')}",
                    f"--python_out={_folder.name}", f"--grpc_out={_folder.name}", *names],
                   check=True)


_generate(ROOT / "proto", *(str(path.relative_to(ROOT / "proto"))
                            for folder in ("proto/grpc", "proto/xds")
                            for path in sorted((ROOT / folder).rglob("*.proto"))))
_generate(ROOT / "tests/unit/rpc", "typed.proto", "extended.proto")
sys.path.append(_folder.name)
grpc.__path__.append(str(pathlib.Path(_folder.name) / "grpc"))

import extended_pb2  # noqa: E402,F401
import typed_pb2  # noqa: E402,F401
import typed_pb2_grpc  # noqa: E402,F401
from grpc.health.v1 import health_pb2, health_pb2_grpc  # noqa: E402,F401
from grpc.reflection.v1 import reflection_pb2, reflection_pb2_grpc  # noqa: E402,F401
from grpc.reflection.v1alpha import (  # noqa: E402,F401
    reflection_pb2 as alpha_pb2, reflection_pb2_grpc as alpha_pb2_grpc)
from grpc.testing import empty_pb2, messages_pb2, test_pb2_grpc  # noqa: E402,F401
from xds.data.orca.v3 import orca_load_report_pb2  # noqa: E402,F401
from xds.service.orca.v3 import orca_pb2, orca_pb2_grpc  # noqa: E402,F401
