"""Superuser who is signed in to the admin."""

import pytest
from django.contrib.auth.models import User


@pytest.fixture
def admin(client, world):
    client.force_login(User.objects.create_superuser("superuser"))
    return client
