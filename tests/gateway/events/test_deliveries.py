"""Deliveries to a real receiver: signed, in order, patient, and never where no agreement lets them go."""

import socket
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from services.gateway.events.clients.receivers import shown
from services.gateway.events.domain.records import Change, DeliveryState, Stop, Subscription
from services.gateway.events.operations.retry_delivery import retry_delivery
from services.gateway.events.operations.rotate_secret import rotate_secret
from services.gateway.events.operations.send_test import send_test
from services.gateway.events.store import deliveries
from services.stack.stores import Store
from tests.gateway.events.desk import Desk
from tests.gateway.events.receiver import Receiver
from tests.support.serving import served

AWA, BINTA, CHEIKH = (UUID(int=n) for n in (1, 2, 3))


async def subscribed(
    desk: Desk, receiver: Receiver, *types: str, path: str = "/in", organisation: str = "mdm"
) -> Subscription:
    made, secret = await desk.subscribe(receiver.url + path, *types, organisation=organisation)
    receiver.secrets[path] = secret
    return made


async def test_a_receiver_built_with_the_official_package_takes_our_deliveries(
    desk: Desk, receiver: Receiver, gateway_database: Store
) -> None:
    made = await subscribed(desk, receiver)
    await desk.tell((AWA, 1), kind="person.registered")
    assert await desk.deliver_due() == 1
    ((message_id, body),) = receiver.got
    assert body == {
        "type": "person.registered",
        "timestamp": body["timestamp"],
        "data": {"person_id": str(AWA), "version": 1},
    }
    assert datetime.fromisoformat(body["timestamp"]).tzinfo is not None
    (delivery,) = await desk.deliveries()
    assert delivery.event_id is not None
    assert message_id == f"evt_{delivery.event_id.hex}"
    assert (delivery.state, delivery.attempts, delivery.next_at) == (DeliveryState.DELIVERED, 1, None)
    with psycopg.connect(gateway_database.admin_url) as connection:
        row = connection.execute("SELECT action, organisation, purpose, persons FROM audit_record").fetchone()
    assert row is not None
    assert row[:3] == ("deliver_event", "mdm", "REGISTRATION")
    assert len(row[3]) == 1
    assert str(AWA) not in row[3]
    assert (await desk.subscription(made)).failing_since is None


async def test_a_message_that_was_touched_or_signed_with_another_secret_is_not_taken(
    desk: Desk, receiver: Receiver
) -> None:
    await subscribed(desk, receiver)
    await desk.tell((AWA, 1))
    await desk.deliver_due()
    headers = receiver.seen_headers[0]
    other = Webhook(shown(b"o" * 32))
    with pytest.raises(WebhookVerificationError):
        other.verify(b'{"type":"person.updated"}', headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(receiver.secrets["/in"]).verify(b'{"type":"person.updated"}', headers)


async def test_during_the_overlap_the_former_secret_and_the_new_one_both_verify(desk: Desk, receiver: Receiver) -> None:
    made = await subscribed(desk, receiver)
    former = receiver.secrets["/in"]
    async with desk.database.sessions.begin() as session:
        _, secret = await rotate_secret(
            session, made.id, organisation="mdm", overlap=timedelta(hours=1), box=desk.box, at=desk.at
        )
    await desk.tell((AWA, 1))
    await desk.deliver_due()  # the receiver still knows the former one alone
    assert len(receiver.got) == 1
    receiver.secrets["/in"] = shown(secret)
    await desk.tell((AWA, 2))
    await desk.deliver_due()
    assert receiver.versions(str(AWA)) == [1, 2]
    assert [len(each["webhook-signature"].split(" ")) for each in receiver.seen_headers] == [2, 2]
    desk.at += timedelta(hours=1, seconds=1)
    await desk.tell((AWA, 3))
    await desk.deliver_due()
    signature = receiver.seen_headers[-1]["webhook-signature"]
    assert len(signature.split(" ")) == 1
    assert former != receiver.secrets["/in"]


async def test_a_receiver_that_is_down_for_an_hour_gets_every_event_once_in_order_for_each_subject(desk: Desk) -> None:
    # begun so far back that the receiver, which believes its own clock, meets the present when it is back
    desk.at = datetime.now(UTC) - timedelta(seconds=6155)
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    receiver = Receiver(url=f"http://127.0.0.1:{port}")
    await subscribed(desk, receiver)
    began = desk.at
    for version in range(1, 5):
        await desk.tell((AWA, version), (BINTA, version), (CHEIKH, version))
    await desk.let_pass(timedelta(minutes=30))
    await desk.tell((AWA, 5), (BINTA, 5))
    await desk.let_pass(timedelta(), until=began + timedelta(hours=1))
    assert receiver.got == []
    assert await desk.states() == {"pending": 14}
    with _listening(receiver, port):
        await desk.let_pass(timedelta(), until=began + timedelta(hours=2))
        assert await desk.states() == {"delivered": 14}
        assert len({message_id for message_id, _ in receiver.got}) == len(receiver.got) == 14
        assert receiver.versions(str(AWA)) == receiver.versions(str(BINTA)) == [1, 2, 3, 4, 5]
        assert receiver.versions(str(CHEIKH)) == [1, 2, 3, 4]


def _listening(receiver: Receiver, port: int) -> AbstractContextManager[str]:
    return served(receiver, socket.create_server(("127.0.0.1", port)))


async def test_a_later_event_waits_for_the_earlier_of_its_subject_and_other_subjects_go_on(
    desk: Desk, receiver: Receiver
) -> None:
    await subscribed(desk, receiver)
    receiver.answers = [503]
    await desk.tell((AWA, 1), (AWA, 2), (BINTA, 1))
    assert await desk.deliver_due() == 2
    assert (receiver.versions(str(AWA)), receiver.versions(str(BINTA))) == ([], [1])
    desk.at += timedelta(seconds=6)
    await desk.deliver_due()
    assert receiver.versions(str(AWA)) == [1, 2]


@pytest.mark.parametrize("status", [302, 307, 400, 404, 429, 500])
async def test_only_a_2xx_is_a_success_and_redirects_are_not_followed(
    desk: Desk, receiver: Receiver, status: int
) -> None:
    await subscribed(desk, receiver)
    receiver.answers, receiver.headers = [status], {"location": receiver.url + "/elsewhere"}
    await desk.tell((AWA, 1))
    assert await desk.deliver_due() == 1
    assert len(receiver.tries) == 1
    (delivery,) = await desk.deliveries()
    assert (delivery.state, delivery.attempts) == (DeliveryState.PENDING, 1)
    async with desk.database.sessions.begin() as session:
        (made,) = await deliveries.attempts_of(session, delivery.id, limit=10)
    assert (made.number, made.status, made.error_code) == (1, status, "refused_by_receiver")


async def test_a_receiver_that_asks_for_time_is_given_it(desk: Desk, receiver: Receiver) -> None:
    await subscribed(desk, receiver)
    receiver.answers, receiver.headers = [503], {"retry-after": "100"}
    await desk.tell((AWA, 1))
    await desk.deliver_due()
    (delivery,) = await desk.deliveries()
    assert delivery.next_at == desk.at + timedelta(seconds=100)


async def test_a_receiver_that_says_gone_is_called_no_more(desk: Desk, receiver: Receiver) -> None:
    made = await subscribed(desk, receiver)
    receiver.answers = [410]
    await desk.tell((AWA, 1), (AWA, 2))
    await desk.deliver_due()
    await desk.tell((AWA, 3))
    assert await desk.deliver_due() == 0
    assert (await desk.subscription(made)).stopped is Stop.GONE
    assert await desk.states() == {"dead": 2}


async def test_what_is_refused_for_a_day_is_a_dead_letter_and_days_of_failure_stop_the_subscription(
    desk: Desk, receiver: Receiver
) -> None:
    made = await subscribed(desk, receiver)
    receiver.answers = [500] * 1000
    began = desk.at
    await desk.tell((AWA, 1))
    await desk.let_pass(timedelta(hours=25))
    (delivery,) = await desk.deliveries()
    assert (delivery.state, delivery.attempts) == (DeliveryState.DEAD, 11)
    assert delivery.ended_at is not None
    assert timedelta(hours=23) < delivery.ended_at - began < timedelta(hours=25)
    subscription = await desk.subscription(made)
    assert (subscription.stopped, subscription.failing_since) == (None, began)
    desk.at = began + timedelta(days=3)
    await desk.tell((BINTA, 1))
    await desk.deliver_due()
    assert (await desk.subscription(made)).stopped is Stop.FAILING


async def test_a_dead_letter_that_is_sent_again_keeps_its_message_id_and_has_a_schedule_of_its_own(
    desk: Desk, receiver: Receiver
) -> None:
    made = await subscribed(desk, receiver)
    receiver.answers = [500] * 12
    await desk.tell((AWA, 1))
    await desk.let_pass(timedelta(hours=25))
    (dead,) = await desk.deliveries(DeliveryState.DEAD)
    async with desk.database.sessions.begin() as session:
        again = await retry_delivery(session, made.id, dead.id, organisation="mdm", at=desk.at)
    assert (again.state, again.attempts) == (DeliveryState.PENDING, 11)
    await desk.deliver_due()  # refused once more: but a whole day lies ahead again
    (waiting,) = await desk.deliveries()
    assert waiting.next_at == desk.at + timedelta(seconds=5)
    assert len(set(receiver.tries)) == 1


async def test_an_agreement_that_ends_stops_the_flow_and_what_was_missed_is_not_sent_later(
    desk: Desk, receiver: Receiver
) -> None:
    await subscribed(desk, receiver)
    await desk.tell((AWA, 1))
    desk.given["mdm"] = {}
    await desk.deliver_due()  # written under the agreement, but due without it
    await desk.tell((AWA, 2))
    await desk.deliver_due()
    assert (receiver.tries, await desk.states()) == ([], {"withheld": 1})
    del desk.given["mdm"]
    await desk.tell((AWA, 3))
    await desk.deliver_due()
    assert receiver.versions(str(AWA)) == [3]
    assert await desk.states() == {"withheld": 1, "delivered": 1}


async def test_own_rows_are_told_to_their_own_organisation_alone(desk: Desk, receiver: Receiver) -> None:
    await subscribed(desk, receiver)
    await subscribed(desk, receiver, path="/cnss", organisation="cnss")
    desk.given["cnss"] = {"persons": True}
    await desk.tell((AWA, 1), organisation="mdm")
    await desk.tell((BINTA, 1), organisation="cnss")
    await desk.deliver_due()
    assert len(receiver.tries) == 3
    assert (len(receiver.versions(str(AWA))), len(receiver.versions(str(BINTA)))) == (1, 2)


async def test_a_subscription_gets_the_types_that_it_names(desk: Desk, receiver: Receiver) -> None:
    await subscribed(desk, receiver, "person.registered")
    await desk.tell((AWA, 2))
    await desk.tell((AWA, 1), kind="person.registered")
    await desk.deliver_due()
    assert [body["type"] for _, body in receiver.got] == ["person.registered"]


@pytest.mark.parametrize("kind", ["care.case_opened", "care.updated", "person.unheard_of"])
async def test_a_change_outside_the_catalogue_is_dropped_without_a_trace(
    desk: Desk, receiver: Receiver, gateway_database: Store, kind: str
) -> None:
    await subscribed(desk, receiver)
    for source in ("registry", "coverage", "courses"):
        await desk.record([Change(source, 7, kind, AWA, 1, desk.at, "mdm", {"person_id": str(AWA)})])
    assert await desk.deliver_due() == 0
    with psycopg.connect(gateway_database.admin_url) as connection:
        counted = connection.execute("SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM delivery)").fetchone()
    assert counted == (0, 0)


async def test_a_change_that_comes_twice_is_one_event_and_one_delivery(desk: Desk, receiver: Receiver) -> None:
    await subscribed(desk, receiver)
    once = Change("registry", 7, "person.updated", AWA, 1, desk.at, "mdm", {"person_id": str(AWA)})
    await desk.record([once, once])
    await desk.record([once])
    assert await desk.deliver_due() == 1


async def test_a_test_is_signed_and_says_nothing(desk: Desk, receiver: Receiver) -> None:
    made = await subscribed(desk, receiver)
    desk.given["mdm"] = {}  # it needs no agreement: it tells nothing
    async with desk.database.sessions.begin() as session:
        ping = await send_test(session, made.id, organisation="mdm", at=desk.at)
    await desk.deliver_due()
    ((message_id, body),) = receiver.got
    assert (body["type"], body["data"]) == ("indimaj.ping", {"subscription_id": str(made.id)})
    assert message_id == f"evt_{ping.id.hex}"


async def test_of_a_long_answer_little_is_read(desk: Desk, receiver: Receiver) -> None:
    await subscribed(desk, receiver)
    receiver.answers, receiver.body = [200], b"x" * 5_000_000
    await desk.tell((AWA, uuid4().int % 1000))
    await desk.deliver_due()
    assert await desk.states() == {"delivered": 1}


async def test_a_receiver_that_is_too_slow_has_failed(desk: Desk, receiver: Receiver) -> None:
    desk.timeout_s, receiver.delay_s = 0.2, 1.0
    await subscribed(desk, receiver)
    await desk.tell((AWA, 1))
    await desk.deliver_due()
    (delivery,) = await desk.deliveries()
    async with desk.database.sessions.begin() as session:
        (made,) = await deliveries.attempts_of(session, delivery.id, limit=10)
    assert (made.status, made.error_code) == (None, "timeout")
