"""Contract of file storage, in memory and on the bucket of the emulator."""

from copy import deepcopy

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage

from tests.environment import NOWHERE
from tracking.adapters.files import BucketStorage
from tracking.domain.errors import TransientError

pytestmark = pytest.mark.slow


@pytest.fixture(params=["memory", "local_aws"])
def files(request):
    if request.param == "memory":
        return InMemoryStorage()
    request.getfixturevalue("local_aws")
    return BucketStorage(**settings.STORAGES["default"]["OPTIONS"])


def test_a_file_is_read_as_it_was_saved_until_it_is_deleted(files):
    name = files.save("proofs/door.jpg", ContentFile(b"picture"))
    with files.open(name) as file:
        assert file.read() == b"picture"
    for _ in range(2):
        files.delete(name)
    with pytest.raises(FileNotFoundError):
        files.open(name)


def test_a_bucket_that_cannot_be_reached_is_a_transient_error():
    options = deepcopy(settings.STORAGES["default"]["OPTIONS"]) | {"endpoint_url": f"http://{NOWHERE}"}
    files = BucketStorage(**options)
    for call in (
        lambda: files.save("a", ContentFile(b"x")),
        lambda: files.open("a"),
        lambda: files.delete("a"),
    ):
        with pytest.raises(TransientError):
            call()
