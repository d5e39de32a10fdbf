from io import BytesIO

import pytest

from mailcore.errors import ConfigurationError
from mailcore.message.stores.files import check_size, read_file


def test_a_file_of_the_greatest_size_is_read() -> None:
    assert read_file(BytesIO(b"1234"), octets=4) == b"1234"


def test_a_larger_file_is_refused_before_all_of_it_is_read() -> None:
    file = BytesIO(b"x" * 1000)
    with pytest.raises(ConfigurationError, match="larger than `octets` allows, which is 4"):
        read_file(file, octets=4)
    assert file.tell() == 5


def test_the_error_says_where_the_mail_is() -> None:
    with pytest.raises(ConfigurationError, match="the mail at octet 7 is larger"):
        check_size(2, 1, where="at octet 7")
