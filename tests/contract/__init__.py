"""One suite that every channel passes."""

import pytest

pytest.register_assert_rewrite("tests.contract.suite")
