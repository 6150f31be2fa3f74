//! Time zones by their IANA names: they say on which day something happened.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use time::{Date, OffsetDateTime, UtcOffset};

use crate::invalid::{Invalid, Rule, required_text};

/// A time zone of the IANA database that the program brings along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// Coordinated Universal Time.
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// The zone of that name, in whatever case it is written.
    ///
    /// # Errors
    /// [`Rule::NotATimeZone`] at `field`.
    pub fn named(field: &str, name: &str) -> Result<Self, Invalid> {
        let name = required_text(field, name, 64)?;
        let zone = TimeZone::get(&name).ok();
        let named =
            zone.filter(|zone| zone.iana_name().is_some_and(|known| known != "Etc/Unknown"));
        named
            .map(Self)
            .ok_or_else(|| Invalid::new(field, Rule::NotATimeZone))
    }

    /// Its IANA name, for example `Europe/Vienna`.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The date that calendars there show at that instant.
    pub fn date_of(&self, instant: OffsetDateTime) -> Date {
        let offset = Timestamp::from_second(instant.unix_timestamp())
            .ok()
            .map_or(0, |at| self.0.to_offset(at).seconds());
        let offset = UtcOffset::from_whole_seconds(offset).unwrap_or(UtcOffset::UTC);
        // At either end of time the zone's date may be none.
        instant.checked_to_offset(offset).unwrap_or(instant).date()
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self::utc()
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::named("timeZone", &name).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::{date, datetime};

    fn zone(name: &str) -> Zone {
        Zone::named("timeZone", name).unwrap()
    }

    #[test]
    fn the_day_turns_at_midnight_of_the_zone() {
        let vienna = zone("Europe/Vienna");
        assert_eq!(
            vienna.date_of(datetime!(2025-01-31 22:59:59 UTC)),
            date!(2025 - 01 - 31)
        );
        assert_eq!(
            vienna.date_of(datetime!(2025-01-31 23:00 UTC)),
            date!(2025 - 02 - 01)
        );
        // Summer time: an hour earlier.
        assert_eq!(
            vienna.date_of(datetime!(2025-06-30 22:00 UTC)),
            date!(2025 - 07 - 01)
        );
        let auckland = zone("Pacific/Auckland");
        assert_eq!(
            auckland.date_of(datetime!(2025-01-31 11:00 UTC)),
            date!(2025 - 02 - 01)
        );
        assert_eq!(
            Zone::utc().date_of(datetime!(2025-01-31 23:59 UTC)),
            date!(2025 - 01 - 31)
        );
    }

    #[test]
    fn zones_are_known_by_their_names_only() {
        assert_eq!(zone(" europe/vienna ").name(), "Europe/Vienna");
        assert_eq!(zone("UTC").name(), "UTC");
        for bad in ["Vienna", "Europe/Nowhere", "+02:00", "CEST", "Etc/Unknown"] {
            let refusal = Invalid::new("timeZone", Rule::NotATimeZone);
            assert_eq!(Zone::named("timeZone", bad), Err(refusal), "{bad}");
        }
    }

    #[test]
    fn a_zone_is_stored_as_its_name() {
        let stored = serde_json::to_string(&zone("America/New_York")).unwrap();
        assert_eq!(stored, "\"America/New_York\"");
        assert_eq!(
            serde_json::from_str::<Zone>(&stored).unwrap(),
            zone("America/New_York")
        );
        assert!(serde_json::from_str::<Zone>("\"Nowhere\"").is_err());
    }
}
