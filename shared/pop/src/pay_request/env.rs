//! The buyer's surroundings (`env`): what the page tells of itself, and what the server saw.

use domain::limits::{Checked, FieldError, given, optional_text};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The longest user agent that POP takes, in characters.
const MAX_USER_AGENT: usize = 2048;
/// The colour depths that 3-D Secure 2 knows, in bits per pixel.
const COLOR_DEPTHS: [u32; 9] = [1, 4, 8, 15, 16, 24, 30, 32, 48];
/// More than any screen has: 3-D Secure takes six digits.
const MAX_PIXELS: u32 = 999_999;

/// How the buyer's page runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TerminalType {
    /// In a browser on a computer.
    Web,
    /// In a browser on a telephone.
    Wap,
    /// In an app.
    App,
    /// In an app within an app.
    MiniApp,
}

/// The telephone's system; POP asks for it unless the terminal is [`TerminalType::Web`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OsType {
    /// Apple's.
    Ios,
    /// Google's.
    Android,
}

/// The buyer's browser, for 3-D Secure 2.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BrowserInfo {
    /// What it accepts.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub accept_header: Option<String>,
    /// Whether it runs Java.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub java_enabled: Option<bool>,
    /// Whether it runs JavaScript.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub java_script_enabled: Option<bool>,
    /// Its language.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// What it calls itself. Never taken from the page: see [`Env::seen_from`].
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
}

/// The buyer's surroundings, in POP's names; read from the page, completed by the server.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Env {
    /// How the page runs.
    pub terminal_type: TerminalType,
    /// The telephone's system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os_type: Option<OsType>,
    /// The buyer's public address; POP needs it for cards. Never taken from the page: see [`Env::seen_from`].
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub client_ip: Option<String>,
    /// The browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub browser_info: Option<BrowserInfo>,
    /// Bits per pixel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color_depth: Option<u32>,
    /// In pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub screen_height: Option<u32>,
    /// In pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub screen_width: Option<u32>,
    /// Minutes from local time to UTC, as JavaScript gives it: -120 for UTC+2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone_offset: Option<i32>,
    /// A token of the provider's risk control.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub device_token_id: Option<String>,
    /// The device.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub device_id: Option<String>,
    /// The device's language.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub device_language: Option<String>,
}

impl Env {
    /// Where nothing else is known.
    #[must_use]
    pub fn of(terminal_type: TerminalType) -> Self {
        Self {
            terminal_type,
            os_type: None,
            client_ip: None,
            browser_info: None,
            color_depth: None,
            screen_height: None,
            screen_width: None,
            time_zone_offset: None,
            device_token_id: None,
            device_id: None,
            device_language: None,
        }
    }

    /// Adds what the server saw itself: the address and the `User-Agent` of the page's request. Empty texts are left
    /// out.
    #[must_use]
    pub fn seen_from(mut self, client_ip: &str, user_agent: &str) -> Self {
        let seen = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        self.client_ip = seen(client_ip);
        let agent: String = user_agent.chars().take(MAX_USER_AGENT).collect();
        if let Some(agent) = seen(&agent) {
            self.browser_info.get_or_insert_default().user_agent = Some(agent);
        }
        self
    }

    /// Checks what the page sent against POP's limits; the error names the field.
    pub fn check(&self) -> Checked {
        let needs_os = self.terminal_type != TerminalType::Web;
        expect(
            self.os_type.is_some() || !needs_os,
            "osType",
            "IOS or ANDROID, needed unless terminalType is WEB",
        )?;
        let depth = self.color_depth.is_none_or(|d| COLOR_DEPTHS.contains(&d));
        expect(depth, "colorDepth", "1, 4, 8, 15, 16, 24, 30, 32 or 48")?;
        let zone = self
            .time_zone_offset
            .is_none_or(|minutes| (-720..=720).contains(&minutes));
        expect(zone, "timeZoneOffset", "minutes from -720 to 720")?;
        for (field, pixels) in [
            ("screenHeight", self.screen_height),
            ("screenWidth", self.screen_width),
        ] {
            let plausible = pixels.is_none_or(|pixels| (1..=MAX_PIXELS).contains(&pixels));
            expect(plausible, field, format_args!("1 to {MAX_PIXELS} pixels"))?;
        }
        optional_text("deviceTokenId", self.device_token_id.as_deref(), 64)?;
        // No limit of the contract is known for the next one.
        optional_text("deviceId", self.device_id.as_deref(), 256)?;
        optional_text("deviceLanguage", self.device_language.as_deref(), 32)?;
        let browser = self
            .browser_info
            .as_ref()
            .map_or(Ok(()), BrowserInfo::check);
        browser.map_err(|error| error.within("browserInfo"))
    }
}

impl BrowserInfo {
    fn check(&self) -> Checked {
        optional_text("acceptHeader", self.accept_header.as_deref(), 2048)?;
        optional_text("language", self.language.as_deref(), 32)?;
        optional_text("userAgent", self.user_agent.as_deref(), MAX_USER_AGENT)
    }
}

fn expect(holds: bool, field: &str, expected: impl fmt::Display) -> Checked {
    let error = || FieldError::new(field, expected);
    holds.then_some(()).ok_or_else(error)
}

macro_rules! personal_debug {
    ($($name:ident),+) => { $(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(personal data)"))
            }
        }
    )+ };
}
personal_debug!(BrowserInfo, Env);
