//! The devices that people have: unpaired, named and ordered.

use authn::account::device::{discard, is_stale, rename, reorder};
use authn::pingid::device_number;
use authn::pingid::rest::Outcome;
use domain::DeviceId;

use super::operation::{Answer, Call, Halt, Reply, malformed};

/// `pairyubikey` and what is about hardware tokens: nobody has such things here.
pub(super) async fn unknown_factor(call: &Call<'_>) -> Answer {
    if call.body.text("username")?.is_some() {
        call.user().await?;
    }
    Err(Outcome::FactorUnknown.into())
}

/// `unpairdevice`: one device of a person, or all.
pub(super) async fn unpair(call: &Call<'_>) -> Answer {
    let user = call.user().await?;
    let now = call.house.now();
    let named = call.body.number("deviceId")?;
    let devices = call.house.devices(user.id).await?;
    let devices = devices.iter().filter(|device| !is_stale(device, now));
    let is_meant = |id: &DeviceId| named.is_none_or(|named| device_number(*id) == named);
    let meant: Vec<DeviceId> = devices.map(|it| it.id).filter(is_meant).collect();
    if meant.is_empty() && named.is_some() {
        return Err(Outcome::DeviceUnknown.into());
    }
    for id in meant {
        let gone = call.decide(&user, |owner, wallet| discard(owner, wallet, id));
        match gone.await {
            // Codes on paper go with the last device for which they stand in.
            Ok(()) | Err(Halt::Outcome(Outcome::DeviceUnknown)) => {}
            Err(halt) => return Err(halt),
        }
    }
    Ok(Reply::done())
}

/// `updatedeviceattr`: which device is asked first, and what it is called.
pub(super) async fn update(call: &Call<'_>) -> Answer {
    let user = call.user().await?;
    let number = call.body.number("deviceId")?.ok_or(Outcome::Malformed)?;
    let devices = call.devices(&user).await?;
    let mut order: Vec<DeviceId> = devices.iter().map(|device| device.id).collect();
    let place = order.iter().position(|id| device_number(*id) == number);
    let place = place.ok_or(Outcome::DeviceUnknown)?;
    let id = order.remove(place);
    match call.body.required("attributeName")? {
        "NICKNAME" => {
            let name = call.body.required("attributeValue")?;
            call.decide(&user, |owner, wallet| rename(owner, wallet, id, name))
                .await?;
            return Ok(Reply::done());
        }
        "SET_PRIMARY" if call.body.flag("attributeValue")? => order.insert(0, id),
        "ORDER" => {
            let wanted = call.body.number("attributeValue")?;
            let wanted = wanted.and_then(|it| usize::try_from(it).ok()?.checked_sub(1));
            let wanted = wanted.filter(|it| *it <= order.len());
            order.insert(wanted.ok_or_else(|| malformed(()))?, id);
        }
        _ => return Err(Outcome::Malformed.into()),
    }
    call.decide(&user, |owner, wallet| reorder(owner, wallet, &order))
        .await?;
    Ok(Reply::done())
}
