"""SDKs of destinations for advertising."""

from hashlib import sha256

from tests.catalogue.recording import AT, intercepted, node


def meta_conversions(peer):
    """Make the body of a purchase; the SDK's host cannot be led elsewhere."""
    from facebook_business.adobjects.serverside import (
        action_source,
        content,
        custom_data,
        event,
        event_request,
        user_data,
    )

    person = user_data.UserData(
        email=" Ada@Example.com ",
        phone="+44 20 7946 0958",
        first_name="Ada",
        last_name="Lovelace",
        client_ip_address="203.0.113.7",
        client_user_agent="Mozilla/5.0",
    )
    product = content.Content(product_id="p-1", quantity=2, item_price=20.75)
    bought = custom_data.CustomData(value=41.5, currency="EUR", order_id="o-1", contents=[product])
    order = event.Event(
        event_name="Purchase",
        event_time=1777636800,
        event_id="m-1",
        event_source_url="https://shop.example/thanks",
        action_source=action_source.ActionSource.WEBSITE,
        user_data=person,
        custom_data=bought,
    )
    request = event_request.EventRequest(pixel_id="1234567890123456", events=[order])
    return {"purchase": {"data": request.normalize()}}


def linkedin_conversions(_):
    """Stream a conversion, list the rules of an account, ask for the account."""
    from linkedin_api.clients.restli.client import RestliClient

    token = "AQXdSP_W41_UPs5ioT_t8HESyODB4FqbkJ8LrV_5mff4gPODzOYR"
    who = {"access_token": token, "version_string": "202607"}
    sdk = RestliClient()
    email = sha256(b"ada@example.com").hexdigest()
    tracking = "LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID"
    conversion = {
        "conversion": "urn:lla:llaPartnerConversion:104012",
        "conversionHappenedAt": 1777636800000,
        "eventId": "m-0",
        "conversionValue": {"currencyCode": "EUR", "amount": "41.5"},
        "user": {
            "userIds": [
                {"idType": "SHA256_EMAIL", "idValue": email},
                {"idType": tracking, "idValue": "df5gf5-gh6t7-ph4j7h-fgf6n1"},
            ],
            "userInfo": {"firstName": "Ada", "lastName": "Lovelace"},
        },
    }
    account = {"account": "urn:li:sponsoredAccount:512345678"}
    calls = {
        "send_conversion": lambda: sdk.batch_create(
            resource_path="/conversionEvents", entities=[conversion], **who
        ),
        "choices send_conversion.conversion_id": lambda: sdk.finder(
            resource_path="/conversions", finder_name="account", query_params=account, **who
        ),
        "test": lambda: sdk.get(
            resource_path="/adAccounts/{id}", path_keys={"id": 512345678}, **who
        ),
    }
    return {name: intercepted(call) for name, call in calls.items()}


def tiktok_events(peer):
    """Send a payment with the package of Segment's destinations, whose part for TikTok is TikTok's."""
    given = """
        import { createRequire } from "node:module";
        import type { Payload } from
            "@segment/action-destinations/dist/destinations/tiktok-conversions/reportWebEvent/generated-types.js";

        const tiktok = createRequire(import.meta.url)(
            "@segment/action-destinations/dist/destinations/tiktok-conversions").default;
        const settings = { pixelCode: "COQDA8RC77U2TMR44LI0",
            accessToken: "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567" };
        const payload: Payload = { event: "Order Completed", event_id: "m-0",
            timestamp: "2026-05-01T12:00:00Z", email: ["Ada@Example.com"],
            phone_number: ["+44 20 7946 0958"], external_id: ["u-7"],
            ip: "203.0.113.7", user_agent: "Mozilla/5.0", url: "https://shop.example/thanks", value: 41.5,
            currency: "EUR", order_id: "o-1", content_type: "product",
            contents: [{ content_id: "p-1", quantity: 2, price: 20.75 }] }"""
    call = """
        const sent = (to: string, { method, json }: any) => fetch(
            to.replace("https://business-api.tiktok.com", url), { method, body: JSON.stringify(json),
            headers: { ...tiktok.extendRequest({ settings }).headers, "Content-Type": "application/json" } });
        await tiktok.actions.reportWebEvent.perform(sent, { payload, settings })"""
    packages = ["@segment/action-destinations@3.497.0"]
    return node(peer, packages, given, {"send_event": call})


def google_ads(_):
    """Make the bodies of a conversion and its adjustments; the SDK itself speaks gRPC."""
    from google.ads.googleads.client import GoogleAdsClient
    from google.auth.credentials import AnonymousCredentials
    from google.protobuf.json_format import MessageToDict

    sdk = GoogleAdsClient(AnonymousCredentials(), "dev-1", version="v24", use_proto_plus=True)
    kind = sdk.get_type

    def hashed(text):
        return sha256(text.encode()).hexdigest()

    def dumped(path, message):
        written = MessageToDict(type(message).pb(message))
        written.pop("customerId")  # which REST has in the path
        return {"path": path, "data": written}

    action, customer = "customers/1234567890/conversionActions/7", "1234567890"
    at = f"{AT:%Y-%m-%d %H:%M:%S+00:00}"
    email, phone, address = (kind("UserIdentifier") for _ in range(3))
    email.hashed_email = hashed("adalovelace@gmail.com")
    phone.hashed_phone_number = hashed("+442079460958")
    address.address_info.hashed_first_name = hashed("ada")
    address.address_info.hashed_last_name = hashed("lovelace")
    address.address_info.postal_code = "SW1Y 4JH"
    address.address_info.country_code = "GB"

    click = kind("ClickConversion")
    click.conversion_action, click.conversion_date_time = action, at
    click.gclid, click.order_id = "Cj0KCQ-1", "o-1"
    click.conversion_value, click.currency_code = 41.5, "EUR"
    click.user_identifiers.extend([email, phone])
    upload = kind("UploadClickConversionsRequest")
    upload.customer_id, upload.partial_failure = customer, True
    upload.conversions.append(click)

    def adjusted(adjustment):
        request = kind("UploadConversionAdjustmentsRequest")
        request.customer_id, request.partial_failure = customer, True
        request.conversion_adjustments.append(adjustment)
        return dumped(":uploadConversionAdjustments", request)

    types = sdk.enums.ConversionAdjustmentTypeEnum
    enhancement, retraction = kind("ConversionAdjustment"), kind("ConversionAdjustment")
    enhancement.adjustment_type = types.ENHANCEMENT
    enhancement.conversion_action, enhancement.order_id = action, "o-1"
    enhancement.gclid_date_time_pair.gclid = "Cj0KCQ-1"
    enhancement.gclid_date_time_pair.conversion_date_time = at
    enhancement.user_identifiers.extend([email, phone, address])
    retraction.adjustment_type = types.RETRACTION
    retraction.conversion_action, retraction.order_id = action, "o-1"
    retraction.adjustment_date_time = at
    return {
        "upload_conversion": dumped(":uploadClickConversions", upload),
        "enhance_conversion": adjusted(enhancement),
        "adjust_conversion": adjusted(retraction),
    }
