"""One private PostgreSQL a session, one database and one centre a test."""
import pytest

from harness import Duband, Postgres


@pytest.fixture(scope="session")
def postgres():
    cluster = Postgres()
    yield cluster
    cluster.close()


@pytest.fixture
def centre(postgres, tmp_path):
    """A running duband in rehearsal, without a plan."""
    duband = Duband(tmp_path, postgres.create())
    yield duband.start()
    duband.stop()
