"""Settings of the session outlast the overrides within which they began."""

from django.conf import settings
from django.test import override_settings

from tests.session_settings import settings_for_session


def test_settings_of_the_session_outlast_an_override_and_are_put_back_at_their_end():
    before = (settings.REDIS_URL, settings.AWS_HOT_CLIENT)
    outer = override_settings(AWS_HOT_CLIENT="within")
    outer.enable()
    with settings_for_session(REDIS_URL="redis://session"):
        assert (settings.REDIS_URL, settings.AWS_HOT_CLIENT) == ("redis://session", "within")
        outer.disable()
        assert ("redis://session", before[1]) == (settings.REDIS_URL, settings.AWS_HOT_CLIENT)
    assert before == (settings.REDIS_URL, settings.AWS_HOT_CLIENT)


def test_an_override_of_the_same_setting_hides_that_of_the_session_until_it_ends():
    with settings_for_session(REDIS_URL="redis://session"):
        with override_settings(REDIS_URL="redis://test"):
            assert settings.REDIS_URL == "redis://test"
        assert settings.REDIS_URL == "redis://session"
