//! How the organisation's pages look: a colour that buttons have, and a logo.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::invalid::{Invalid, Rule};

/// The most bytes of a logo.
const LARGEST_LOGO: usize = 64 * 1_024;

/// How the pages look.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branding {
    /// The colour of buttons, `#rrggbb` in lower case; None for the pages' own.
    pub accent: Option<String>,
    /// The logo.
    pub logo: Option<Logo>,
}

/// A picture, whole in its event: what was shown when can be told for ever.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logo {
    /// What kind of picture it is.
    pub content_type: LogoType,
    /// Its bytes, in base64 (RFC 4648, 4).
    pub base64: String,
    /// The SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
}

impl std::fmt::Debug for Logo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Logo({:?}, {})", self.content_type, self.sha256)
    }
}

/// The kinds of picture that are taken: none that could carry a script, as SVG can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LogoType {
    /// Portable Network Graphics.
    #[serde(rename = "image/png")]
    Png,
    /// JPEG.
    #[serde(rename = "image/jpeg")]
    Jpeg,
    /// WebP.
    #[serde(rename = "image/webp")]
    Webp,
}

impl LogoType {
    const ALL: [Self; 3] = [Self::Png, Self::Jpeg, Self::Webp];

    /// The media type.
    pub fn name(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
        }
    }

    /// Whether bytes begin as pictures of this kind do.
    fn begins(self, bytes: &[u8]) -> bool {
        match self {
            Self::Png => bytes.starts_with(b"\x89PNG\r\n\x1a\n"),
            Self::Jpeg => bytes.starts_with(b"\xff\xd8\xff"),
            Self::Webp => bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP"),
        }
    }
}

/// What becomes of the logo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogoChange {
    /// It stays.
    Keep,
    /// There is none any more.
    Remove,
    /// It is this one.
    Put {
        /// What kind of picture it says it is.
        content_type: String,
        /// Its bytes, in base64.
        base64: String,
    },
}

impl Branding {
    /// The branding after a change of both.
    ///
    /// # Errors
    /// [`Rule::NotAColour`] or [`Rule::LowContrast`] at `accent`; [`Rule::NotAPicture`] or [`Rule::TooManyBytes`] in
    /// `logo`.
    pub fn changed(&self, accent: Option<&str>, logo: &LogoChange) -> Result<Self, Invalid> {
        Ok(Self {
            accent: accent.map(checked_accent).transpose()?,
            logo: match logo {
                LogoChange::Keep => self.logo.clone(),
                LogoChange::Remove => None,
                LogoChange::Put {
                    content_type,
                    base64,
                } => Some(checked_logo(content_type, base64)?),
            },
        })
    }
}

impl Logo {
    /// Its bytes.
    pub fn bytes(&self) -> Vec<u8> {
        STANDARD.decode(&self.base64).unwrap_or_default()
    }
}

fn checked_logo(content_type: &str, base64: &str) -> Result<Logo, Invalid> {
    let mut known = LogoType::ALL.into_iter();
    let content_type = known
        .find(|kind| kind.name() == content_type)
        .ok_or_else(|| Invalid::new("logo.contentType", Rule::NotAPicture))?;
    let refused = |rule| Invalid::new("logo.dataBase64", rule);
    if base64.len() > LARGEST_LOGO.div_ceil(3) * 4 {
        return Err(refused(Rule::TooManyBytes(LARGEST_LOGO)));
    }
    let bytes = STANDARD.decode(base64);
    let bytes = bytes.map_err(|_| refused(Rule::NotAPicture))?;
    if bytes.len() > LARGEST_LOGO {
        return Err(refused(Rule::TooManyBytes(LARGEST_LOGO)));
    }
    if !content_type.begins(&bytes) {
        return Err(refused(Rule::NotAPicture));
    }
    Ok(Logo {
        content_type,
        base64: base64.to_owned(),
        sha256: format!("{:x}", Sha256::digest(&bytes)),
    })
}

/// A colour that white text can be read on (WCAG 2.2, 1.4.3: a contrast of at least 4.5 to 1).
fn checked_accent(text: &str) -> Result<String, Invalid> {
    let refused = |rule| Invalid::new("accent", rule);
    let digits = text.trim().strip_prefix('#').unwrap_or_default();
    if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(refused(Rule::NotAColour));
    }
    let colour = u32::from_str_radix(digits, 16).map_err(|_| refused(Rule::NotAColour))?;
    let [_, red, green, blue] = colour.to_be_bytes();
    if contrast_with_white([red, green, blue]) < 4.5 {
        return Err(refused(Rule::LowContrast));
    }
    Ok(format!("#{colour:06x}"))
}

/// The contrast ratio of WCAG 2.2: of relative luminances, in which white has 1.
#[allow(clippy::float_arithmetic, reason = "light is no money")]
fn contrast_with_white(channels: [u8; 3]) -> f64 {
    let [red, green, blue] = channels.map(|channel| {
        let part = f64::from(channel) / 255.0;
        if part <= 0.04045 {
            part / 12.92
        } else {
            ((part + 0.055) / 1.055).powf(2.4)
        }
    });
    let luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    1.05 / (luminance + 0.05)
}
