"""SDKs of destinations for advertising."""


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
