"""Fixtures: a fresh environment for each test, on servers that all tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.sales.environment import Receiver, Sales, Server, server


@pytest.fixture(scope="package")
def sales_server() -> Iterator[Server]:
    with server() as running:
        yield running


@pytest.fixture(scope="package")
def receiver_server() -> Iterator[Server]:
    with server() as running:
        yield running


@pytest.fixture
def sales(sales_server: Server) -> Sales:
    """An environment with the bridge's columns, key, view and role."""
    return sales_server.sales()


@pytest.fixture
def bare(sales_server: Server) -> Sales:
    """An environment that nobody has provisioned."""
    return sales_server.sales(provisioned=False)


@pytest.fixture
def receiver(receiver_server: Server) -> Receiver:
    """A webhook receiver."""
    return receiver_server.receiver()


@pytest.fixture
def hooked(sales: Sales, receiver: Receiver) -> Sales:
    """The environment with the bridge's webhook steps registered for the receiver."""
    sales.control("register-webhooks", {"url": receiver.url, "key": "the key"})
    return sales
