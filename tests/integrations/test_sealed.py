"""Credentials are kept sealed; keys can be changed without entering them again."""

import pytest

from integrations.models import Destination
from integrations.sealed import Unsealable, reseal, seal, unseal


@pytest.mark.parametrize("text", ["", "token", "ключ 🔑", "x" * 10_000])
def test_what_was_sealed_comes_back_and_is_not_to_be_seen(text):
    sealed = seal(text)
    assert unseal(sealed) == text
    assert not text or text not in sealed
    assert seal(text) != sealed  # equal credentials can't be told to be equal


def test_a_new_key_seals_and_the_old_one_still_unseals(settings):
    settings.SEAL_KEYS = ["old"]
    sealed = seal("token")
    settings.SEAL_KEYS = ["new", "old"]
    renewed = reseal(sealed)
    settings.SEAL_KEYS = ["new"]
    assert unseal(renewed) == "token"
    with pytest.raises(Unsealable, match="STACKLENS_SEAL_KEYS"):
        unseal(sealed)


@pytest.mark.django_db
def test_a_destination_keeps_its_secrets_out_of_its_settings():
    made = Destination(slug="shop", name="Shop", kind="webhook", settings={"url": "https://example.com"})
    made.put({"secret": "s3cret"})
    made.save()
    made.put({"secret": ""})
    made.save()
    row = Destination.objects.values().get(slug="shop")
    assert "s3cret" not in str(row)
    assert Destination.objects.get(slug="shop").opened() == {"url": "https://example.com", "secret": "s3cret"}
