//! Texts that say nothing to whom they are given: cursors, and names of rows.
//!
//! What they hold, such as a place in the log, would tell a contact how much goes on at the merchant's. So it is
//! encrypted, for each viewer apart and always alike (AES-SIV, RFC 5297), under a key that all nodes share.

use aes_siv::KeyInit as _;
use aes_siv::siv::Aes128Siv;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRngCore as _;
use uuid::Uuid;

use crate::tables::Tables;

/// Texts are padded to multiples of this, so that their length does not tell how many digits a number has.
const BLOCK: usize = 48;
const KEY_BYTES: usize = 32;

tokio::task_local! {
    static VEIL: Veil;
}

/// The key that the nodes share.
#[derive(Clone)]
pub struct Key([u8; KEY_BYTES]);

impl Key {
    /// The key in these tables; made where there is none yet.
    ///
    /// # Errors
    /// Where the database or the source of random bytes fails.
    pub async fn of(tables: &Tables) -> anyhow::Result<Self> {
        let mut fresh = [0; KEY_BYTES];
        rand::rngs::OsRng.try_fill_bytes(&mut fresh)?;
        let sql = "INSERT INTO secrets (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
        let args = ["cursors".into(), fresh.to_vec().into()];
        tables.execute(sql, &args).await?;
        let sql = "SELECT value FROM secrets WHERE name = $1";
        let row = tables.fetch_one(sql, &args[..1]).await?;
        let kept: Option<Vec<u8>> = row.map(|row| row.get("value")).transpose()?;
        let kept = kept.and_then(|kept| kept.try_into().ok());
        kept.map(Self)
            .ok_or_else(|| anyhow::anyhow!("the key of cursors is not {KEY_BYTES} bytes long"))
    }
}

/// The key, for one viewer.
#[derive(Clone)]
pub struct Veil {
    key: Key,
    viewer: Uuid,
}

impl Veil {
    /// For a viewer; for nobody where nobody is signed in.
    pub fn new(key: &Key, viewer: Option<Uuid>) -> Self {
        Self {
            key: key.clone(),
            viewer: viewer.unwrap_or_default(),
        }
    }

    /// Runs a request of this viewer.
    pub async fn over<F: Future>(self, work: F) -> F::Output {
        VEIL.scope(self, work).await
    }

    /// Runs a step of a stream of this viewer.
    pub fn over_step<T>(&self, step: impl FnOnce() -> T) -> T {
        VEIL.sync_scope(self.clone(), step)
    }

    fn hide(&self, text: &str) -> Option<String> {
        let mut bytes = text.as_bytes().to_vec();
        bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
        let hidden = self.cipher()?.encrypt([self.viewer.as_bytes()], &bytes);
        Some(URL_SAFE_NO_PAD.encode(hidden.ok()?))
    }

    fn reveal(&self, text: &str) -> Option<String> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let shown = self.cipher()?.decrypt([self.viewer.as_bytes()], &bytes);
        let shown = String::from_utf8(shown.ok()?).ok()?;
        Some(shown.trim_end_matches('\0').to_owned())
    }

    fn cipher(&self) -> Option<Aes128Siv> {
        Aes128Siv::new_from_slice(&self.key.0).ok()
    }
}

/// A text that only [`reveal`] can read, in a request of the same viewer.
pub fn hide(text: &str) -> String {
    let hidden = VEIL.try_with(|veil| veil.hide(text));
    hidden.ok().flatten().unwrap_or_default()
}

/// What [`hide`] has hidden for this viewer; None where the text is anything else.
pub fn reveal(text: &str) -> Option<String> {
    VEIL.try_with(|veil| veil.reveal(text)).ok().flatten()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

    use super::*;

    fn veil(key: u8, viewer: u128) -> Veil {
        Veil::new(&Key([key; KEY_BYTES]), Some(Uuid::from_u128(viewer)))
    }

    #[test]
    fn is_read_by_the_same_viewer_only_and_is_always_alike() {
        let hidden = veil(1, 1).hide("n12:00").unwrap();
        assert_eq!(veil(1, 1).hide("n12:00").unwrap(), hidden);
        assert_eq!(veil(1, 1).reveal(&hidden).unwrap(), "n12:00");
        for other in [veil(1, 2), veil(2, 1)] {
            assert_eq!(other.reveal(&hidden), None);
            assert_ne!(other.hide("n12:00").unwrap(), hidden);
        }
        for wrong in ["", "n12:00", "AAAA", &hidden[1..]] {
            assert_eq!(veil(1, 1).reveal(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn its_length_says_nothing_of_a_number() {
        let length = |text: &str| veil(1, 1).hide(text).unwrap().len();
        assert_eq!(length("n1:"), length("n999999999999:"));
        let empty = veil(1, 1).hide("").unwrap();
        assert_eq!(veil(1, 1).reveal(&empty).unwrap(), "");
    }
}
