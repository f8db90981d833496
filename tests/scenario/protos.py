"""The contract as a foreign client sees it: Python modules made from proto/ by protoc.

Made once a session into a temporary folder; nothing generated is kept.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def generate(into):
    sources = sorted(str(p.relative_to(ROOT / "proto"))
                     for p in (ROOT / "proto").rglob("*.proto")
                     if "protobuf" not in p.parts)  # python3-protobuf brings its own Any
    # google.rpc stays ours, but under Debian's google package it would hide google.protobuf
    subprocess.run(["protoc", f"--proto_path={ROOT / 'proto'}",
                    f"--plugin=protoc-gen-grpc={shutil.which('grpc_python_plugin')}",
                    f"--python_out={into}", f"--grpc_out={into}", *sources],
                   check=True)


_folder = tempfile.TemporaryDirectory(prefix="duban-protos-")
generate(_folder.name)
sys.path.insert(0, _folder.name)
import google  # noqa: E402  a namespace package: add our google/rpc to its path

if hasattr(google, "__path__"):
    google.__path__.append(str(pathlib.Path(_folder.name) / "google"))

from duban.v1 import (administration_pb2, administration_pb2_grpc,  # noqa: E402,F401
                      alerts_pb2, alerts_pb2_grpc, assessment_pb2, assessment_pb2_grpc,
                      board_pb2, board_pb2_grpc,
                      common_pb2, plans_pb2, plans_pb2_grpc, problems_pb2, problems_pb2_grpc,
                      projects_pb2,
                      projects_pb2_grpc, report_pb2,
                      reports_pb2, reports_pb2_grpc, requests_pb2,
                      requests_pb2_grpc, reviews_pb2, reviews_pb2_grpc)
from google.rpc import error_details_pb2, status_pb2  # noqa: E402,F401
