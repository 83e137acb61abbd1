//! The buyer's environment within a pay request.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::fields::{Fields, Problem};

const COLOUR_DEPTHS: [&str; 9] = ["1", "4", "8", "15", "16", "24", "30", "32", "48"];

/// Checks the environment.
pub(super) fn check(env: &Fields<'_>) -> Result<(), Problem> {
    let terminal = env.required_word("terminalType", &["WEB", "WAP", "APP", "MINI_APP"])?;
    let systems = &["IOS", "ANDROID"];
    match terminal.as_str() {
        "WEB" => env.word("osType", systems)?,
        _ => Some(env.required_word("osType", systems)?),
    };
    check_address(&env.required_text("clientIp", 64)?)?;
    env.texts(&[
        ("deviceTokenId", 64),
        ("deviceId", 2048),
        ("deviceLanguage", 32),
    ])?;
    env.word("colorDepth", &COLOUR_DEPTHS)?;
    env.integer("screenHeight", 0, 100_000)?;
    env.integer("screenWidth", 0, 100_000)?;
    env.integer("timeZoneOffset", -720, 720)?;
    if let Some(browser) = env.object("browserInfo")? {
        browser.texts(&[
            ("acceptHeader", 2048),
            ("language", 32),
            ("userAgent", 2048),
        ])?;
        browser.flag("javaEnabled")?;
        browser.flag("javaScriptEnabled")?;
    }
    Ok(())
}

fn check_address(text: &str) -> Result<(), Problem> {
    match text.parse::<IpAddr>() {
        Ok(address) if is_private(address) => {
            Err("env.clientIp must be the buyer's public address".to_owned())
        }
        Ok(_) => Ok(()),
        Err(_) => Err("env.clientIp must be an IP address".to_owned()),
    }
}

/// Whether nobody on the internet has this address. Loopback and the ranges for documentation pass: they are what a
/// rehearsal has.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_private_v4(address),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => is_private_v4(mapped),
            None => is_private_v6(address),
        },
    }
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    let shared = first == 100 && (64..128).contains(&second); // a provider's own network behind its translation
    address.is_private() || address.is_link_local() || shared || first == 0 || first >= 224
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    address.is_unspecified()
        || address.is_multicast()
        || address.is_unique_local()
        || address.is_unicast_link_local()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_buyers_address_must_be_a_public_one() {
        for good in [
            "112.80.248.78",
            "203.0.113.7",
            "127.0.0.1",
            "100.63.0.1",
            "2001:db8::1",
            "::1",
            "2a00:1450::1",
        ] {
            assert_eq!(check_address(good), Ok(()), "{good}");
        }
        for private in [
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.0.1",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "::",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "::ffff:10.0.0.1",
        ] {
            let problem = check_address(private).unwrap_err();
            assert!(problem.contains("public"), "{private}: {problem}");
        }
        for wrong in ["here", "1.2.3", "1.2.3.4:80", ""] {
            assert!(check_address(wrong).is_err(), "{wrong}");
        }
    }
}
