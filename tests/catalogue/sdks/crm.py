"""SDKs of destinations for CRM and marketing."""

from portcall.testing import Reply
from tests.catalogue.recording import AT, intercepted, node, record


def klaviyo(peer):
    """Create events, import profiles, ask for a deletion."""
    from klaviyo_api import KlaviyoAPI

    sdk = KlaviyoAPI("pk_1a2b3c4d5e6f7a8b9c0d1e", max_retries=0)
    for part in (sdk.Events, sdk.Profiles, sdk.Data_Privacy):
        part.api_client.configuration.host = peer.url
        part.api_client.configuration._base_path = peer.url
    peer.otherwise(Reply(202, json={"data": {"type": "profile-bulk-import-job", "id": "1"}}))

    def typed(kind, attributes):
        return {"data": {"type": kind, "attributes": attributes}}

    person = {"email": "ada@example.com"}
    event = {
        "metric": typed("metric", {"name": "Order Completed"}),
        "properties": {"email": "ada@example.com", "total": 30.5, "currency": "EUR"},
        "time": "2026-11-01T12:00:00+00:00",
        "value": 30.5,
        "value_currency": "EUR",
        "unique_id": "m-1",
    }
    one = {
        "profile": typed("profile", {**person, "external_id": "u-7"}),
        "events": {"data": [{"type": "event", "attributes": event}]},
    }
    events = typed(
        "event-bulk-create-job",
        {"events-bulk-create": {"data": [{"type": "event-bulk-create", "attributes": one}]}},
    )
    profile = typed(
        "profile",
        {
            **person,
            "external_id": "u-7",
            "first_name": "Ada",
            "location": {"city": "London", "country": "United Kingdom"},
            "properties": {"plan": "pro"},
        },
    )
    job = typed(
        "profile-bulk-import-job",
        {"profiles": {"data": [{"type": "profile", "attributes": person}]}},
    )
    job["data"]["relationships"] = {"lists": {"data": [{"type": "list", "id": "Y6nRLr"}]}}
    gone = typed("data-privacy-deletion-job", {"profile": typed("profile", person)})
    options = {"additional_headers": {}}
    calls = {
        "bulk_create_events": lambda: sdk.Events.bulk_create_events(events, options=options),
        "create_or_update_profile": lambda: sdk.Profiles.create_or_update_profile(
            profile, options=options
        ),
        "bulk_import_profiles": lambda: sdk.Profiles.bulk_import_profiles(job, options=options),
        "request_profile_deletion": lambda: sdk.Data_Privacy.request_profile_deletion(
            gone, options=options
        ),
    }
    return {name: record(peer, call) for name, call in calls.items()}


def customerio(peer):
    """Send a batch of each kind of operation."""
    from customerio import CustomerIO

    sdk = CustomerIO("7a1b2c3d4e5f6a7b8c9d", "0d1e2f3a4b5c6d7e8f9a", retries=0)
    real = sdk.send_request
    sdk.send_request = lambda method, url, data: real(
        method, url.replace(f"https://{sdk.host}", peer.url), data
    )
    peer.otherwise(Reply(json={}))
    identifiers = {"id": "u-7"}
    event = {
        "type": "person",
        "action": "event",
        "identifiers": identifiers,
        "name": "Order Completed",
        "timestamp": int(AT.timestamp()),
        "attributes": {"total": 30},
    }
    person = {
        "type": "person",
        "action": "identify",
        "identifiers": identifiers,
        "attributes": {"email": "ada@example.com", "plan": "pro"},
    }
    return {
        "track_event": record(peer, lambda: sdk.batch([event])),
        "identify_person": record(peer, lambda: sdk.batch([person])),
    }


def pipedrive(peer):
    """Create a person, a deal, a lead and an activity, ask who this is."""
    given = """
        import { v1, v2 } from "pipedrive";

        const apiKey = "0123456789abcdef0123456789abcdef01234567";
        const old = new v1.Configuration({ apiKey, basePath: url + "/api/v1" });
        const config = new v2.Configuration({ apiKey, basePath: url + "/api/v2" })"""
    calls = {
        "create_person": """await new v2.PersonsApi(config).addPerson({ AddPersonRequest: { name: "Ada",
            emails: [{ value: "ada@example.com", primary: true, label: "work" }] } })""",
        "create_deal": """await new v2.DealsApi(config).addDeal({ AddDealRequest: {
            title: "Demo Requested", value: 41.5, currency: "EUR", person_id: 7 } })""",
        "create_lead": """await new v1.LeadsApi(old).addLead({ AddLeadRequest: {
            title: "Demo Requested", person_id: 7 } })""",
        "create_activity": """await new v2.ActivitiesApi(config).addActivity({ AddActivityRequest: {
            subject: "Demo Requested", type: "task", due_date: "2026-05-01", done: false,
            deal_id: 8 } })""",
        "test": "await new v1.UsersApi(old).getCurrentUser()",
        "choices create_deal.pipeline_id": "await new v2.PipelinesApi(config).getPipelines()",
        "choices create_activity.type": "await new v1.ActivityTypesApi(old).getActivityTypes()",
    }
    return node(peer, ["pipedrive@33.7.0"], given, calls)


def salesforce(peer):
    """Create and upsert records, list objects, ask who this is; the vendor's own tools stand on jsforce."""
    peer.otherwise(Reply(json=[{"id": "00Q000000000001", "success": True, "errors": []}]))
    given = """
        import { Connection } from "@jsforce/jsforce-node";

        const token = "00DA0000000CxxA!AQEAQJ1a2b3c4d";
        const sdk = new Connection({ instanceUrl: url, accessToken: token, version: "64.0" });
        const options = { allOrNone: false, allowRecursive: false };
        const lead = { LastName: "Lovelace", Company: "Analytical Engines", Email: "ada@example.com" };
        const contact = { LastName: "Lovelace", Email: "ada@example.com" };
        const order = { Number__c: "o-1", Total__c: 30 }"""
    calls = {
        "create_lead": 'await sdk.sobject("Lead").create([lead], options)',
        "create_contact": 'await sdk.sobject("Contact").create([contact], options)',
        "create_record": 'await sdk.sobject("Order__c").create([order], options)',
        "upsert_record": 'await sdk.sobject("Order__c").upsert([order], "Number__c", options)',
        "choices upsert_record.object": "await sdk.describeGlobal()",
        "test": 'await sdk.request("/services/oauth2/userinfo")',
    }
    return node(peer, ["@jsforce/jsforce-node@3.12.0"], given, calls)


def zendesk(_):
    """Create a ticket, upsert a user and an organization, delete a user, ask who this is.

    Zendesk has no package for Python or JavaScript: zenpy is others'.
    """
    from zenpy import Zenpy
    from zenpy.lib.api_objects import Comment, Organization, Ticket, User

    sdk = Zenpy(subdomain="acme", email="ada@example.com", token="key-1a2b3c4d")
    ticket = Ticket(
        subject="Help Requested",
        comment=Comment(body="Help Requested by u-7", public=True),
        requester=User(name="Ada", email="ada@example.com"),
        external_id="m-0",
    )
    user = User(external_id="u-7", name="Ada", email="ada@example.com", skip_verify_email=True)
    calls = {
        "create_ticket": lambda: sdk.tickets.create(ticket),
        "upsert_user": lambda: sdk.users.create_or_update(user),
        "upsert_organization": lambda: sdk.organizations.create_or_update(
            Organization(external_id="g-7", name="Acme")
        ),
        "delete": lambda: sdk.users.delete_by_external_id([user]),
        "test": lambda: sdk.users.me(),
    }
    return {name: intercepted(call) for name, call in calls.items()}


def activecampaign(peer):
    """Keep a contact up to date, put it on a list, list the lists, with the vendor's own MCP server."""
    from ac_mcp_server.ac_client import ACMCPHttpClient, ACMCPHttpClientAuth
    from ac_mcp_server.types import ContactCreateParams, ContactListUpdateParams, ListListParams

    key = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef01234567"
    sdk = ACMCPHttpClient(ACMCPHttpClientAuth(peer.url, "Api-Token", key))
    contact = ContactCreateParams(
        email="ada@example.com", firstName="Ada", lastName="Lovelace", phone="+442079460958"
    )
    put = ContactListUpdateParams(contact=7, list=2, status=1)
    peer.otherwise(Reply(json={}))
    return {
        "sync_contact": record(peer, lambda: sdk.create_or_update_contact(contact)),
        "update_list_status": record(peer, lambda: sdk.add_contact_to_list(put)),
        "choices update_list_status.list": record(peer, lambda: sdk.list_lists(ListListParams())),
    }


def braze(peer):
    """Track an event, a purchase and attributes, delete a user.

    Braze has no package of its REST API for Python or JavaScript: braze-api is others'.
    """
    given = """
        import { Braze } from "braze-api";

        const sdk = new Braze(url, "1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d");
        const time = "2026-11-01T12:00:00+00:00" """
    calls = {
        "track_event": """await sdk.users.track({ events: [{ external_id: "u-7",
            name: "Order Completed", time, properties: { total: 30 } }] })""",
        "track_purchase": """await sdk.users.track({ purchases: [{ external_id: "u-7", time,
            product_id: "p-1", currency: "EUR", price: 12.5, quantity: 2 }] })""",
        "update_user": """await sdk.users.track({ attributes: [{ external_id: "u-7",
            email: "ada@example.com", first_name: "Ada", plan: "pro" }] })""",
        "delete": 'await sdk.users.delete({ external_ids: ["u-7"] })',
    }
    return node(peer, ["braze-api@2.13.4"], given, calls)


_ADA = "ada@example.com"


def brevo(peer):
    """Track an event, write a contact, add it to a list, send a template, delete a contact."""
    from brevo import Brevo
    from brevo.contacts import AddContactToListRequestBodyEmails
    from brevo.event import (
        CreateBatchEventsRequestEventsItem,
        CreateBatchEventsRequestEventsItemIdentifiers,
    )
    from brevo.transactional_emails import SendTransacEmailRequestToItem

    peer.otherwise(Reply(201, json={"id": 1}))
    sdk = Brevo(api_key="xkeysib-0123456789abcdef-1a2b3c4d", base_url=peer.url)
    properties = {"email": _ADA, "total": 30}
    event = CreateBatchEventsRequestEventsItem(
        event_name="Order_Completed",
        event_date=AT.isoformat(),
        identifiers=CreateBatchEventsRequestEventsItemIdentifiers(email_id=_ADA, ext_id="u-7"),
        event_properties=properties,
    )
    person = {
        "email": _ADA,
        "ext_id": "u-7",
        "update_enabled": True,
        "attributes": {"FIRSTNAME": "Ada", "LASTNAME": "Lovelace"},
    }
    added = AddContactToListRequestBodyEmails(emails=[_ADA])
    mail = {"to": [SendTransacEmailRequestToItem(email=_ADA)], "template_id": 3}
    contacts = sdk.contacts
    calls = {
        "track_event": lambda: sdk.event.create_batch_events(events=[event]),
        "upsert_contact": lambda: contacts.create_contact(**person),
        "add_to_list": lambda: contacts.add_contact_to_list(list_id=7, request=added),
        "send_email": lambda: sdk.transactional_emails.send_transac_email(
            **mail, params=properties
        ),
    }
    found = {name: record(peer, call) for name, call in calls.items()}
    gone = lambda: contacts.delete_contact("u-7", identifier_type="ext_id")  # noqa: E731
    return found | {"delete": record(peer, gone, lambda _: None)}


def iterable(_):
    """Update users in bulk, track a purchase, subscribe to a list, and forget a user."""
    from iterablepythonwrapper.client import IterableApi

    sdk = IterableApi("0123456789abcdef0123456789abcdef")
    user = {"email": _ADA, "userId": "u-7"}
    item = {"id": "p-1", "sku": "p-1", "name": "Tea", "price": 20.75, "quantity": 2}
    return {
        "update_user": intercepted(
            lambda: sdk.bulk_update_user([{**user, "dataFields": {"plan": "pro"}}])
        ),
        "track_purchase": intercepted(
            lambda: sdk.track_purchase(
                user=user, items=[item], total=41.5, purchase_id="o-1", created_at=1793534400
            )
        ),
        "subscribe": intercepted(lambda: sdk.add_subscribers_to_list(7, [user])),
        "delete": intercepted(lambda: sdk.delete_users_by_userid_userid("u-7")),
    }


def intercom(peer):
    """Track an event, write a contact and a company with its contact, and tag a contact."""
    from intercom import (
        CreateContactRequestWithExternalId,
        CreateDataEventRequestWithUserId,
        CreateOrUpdateCompanyRequest,
        Intercom,
    )

    contact, company = "6762f0dd1bb69f9f2193bb83", "6762f09a1bb69f9f2193bb34"
    peer.otherwise(Reply(json={"type": "contact", "id": contact}))
    sdk = Intercom(token="dG9rOjFhMmIzYzRk-1a2b3c4d", base_url=peer.url)
    event = CreateDataEventRequestWithUserId(
        user_id="u-7",
        event_name="Order Completed",
        created_at=int(AT.timestamp()),
        metadata={"order_id": "o-1"},
    )
    person = CreateContactRequestWithExternalId(
        external_id="u-7", email=_ADA, name="Ada Lovelace", role="user"
    )
    acme = CreateOrUpdateCompanyRequest(company_id="g-1", name="Acme", plan="pro", size=12)
    find = lambda: sdk.contacts.show_contact_by_external_id("u-7")  # noqa: E731
    calls = {
        "track_event": [lambda: sdk.events.create(request=event)],
        "upsert_contact": [lambda: sdk.contacts.create(request=person)],
        "upsert_company": [
            lambda: sdk.companies.create_or_update(request=acme),
            find,
            lambda: sdk.companies.attach_contact(contact, company_id=company),
        ],
        "tag_contact": [find, lambda: sdk.tags.tag_contact(contact, tag_id="123")],
    }
    return {name: [record(peer, call) for call in each] for name, each in calls.items()}


def hubspot(peer):
    """Create or update a contact, and send events; the package speaks version 3, which dates replaced."""
    from hubspot import HubSpot
    from hubspot.crm.contacts import (
        BatchInputSimplePublicObjectBatchInputUpsert as Contacts,
        SimplePublicObjectBatchInputUpsert as Contact,
    )
    from hubspot.events.send import (
        BatchedBehavioralEventHttpCompletionRequest as Events,
        BehavioralEventHttpCompletionRequest as Event,
    )

    peer.otherwise(Reply(json={"status": "COMPLETE", "results": []}))
    sdk = HubSpot(access_token="CJSP5qf1KhICAQEYs1a2b")
    contacts, events = sdk.crm.contacts.batch_api, sdk.events.send
    once, many = events.basic_api, events.batch_api
    for part in (contacts, once, many):
        part.api_client.configuration.host = peer.url
    person = Contact(
        id="ada@example.com",
        id_property="email",
        properties={"email": "ada@example.com", "firstname": "Ada"},
    )
    order = Event(
        event_name="pe12345678_order_completed",
        email="ada@example.com",
        occurred_at="2026-05-01T12:00:00+00:00",
        properties={"email": "ada@example.com", "total": "41.5"},
        uuid="022bb90c-bbac-11e4-8dfc-aa07a5b093db",
    )
    return {
        "contacts": record(peer, lambda: contacts.upsert(Contacts(inputs=[person]))),
        "events": record(peer, lambda: many.send(Events(inputs=[order]))),
        "event": record(peer, lambda: once.send(order)),
    }
