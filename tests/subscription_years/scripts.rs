//! Who subscribes to what, and what they do in three years.

/// What a plan's interval counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Days,
    Weeks,
    Months,
    Years,
}

/// A plan: cents for a unit, interval, days of trial, set-up fee in cents, percent of tax.
pub(crate) struct PlanSketch {
    pub(crate) cents: i64,
    pub(crate) unit: Unit,
    pub(crate) count: i64,
    pub(crate) trial: i64,
    pub(crate) fee: i64,
    pub(crate) tax: i64,
}

const fn plan(cents: i64, (count, unit): (i64, Unit), [trial, fee, tax]: [i64; 3]) -> PlanSketch {
    PlanSketch {
        cents,
        unit,
        count,
        trial,
        fee,
        tax,
    }
}

pub(crate) const PLANS: [PlanSketch; 12] = [
    plan(2_990, (1, Unit::Months), [0, 0, 20]),
    plan(4_999, (1, Unit::Months), [14, 0, 20]),
    plan(995, (1, Unit::Months), [0, 2_500, 20]),
    plan(29_900, (1, Unit::Years), [0, 0, 20]),
    plan(7_477, (3, Unit::Months), [0, 0, 20]),
    plan(701, (5, Unit::Weeks), [0, 0, 10]),
    plan(13, (20, Unit::Days), [3, 1, 0]),
    plan(199_999, (2, Unit::Years), [30, 9_999, 20]),
    plan(3_333, (1, Unit::Months), [0, 0, 10]),
    plan(0, (1, Unit::Months), [0, 0, 0]),
    plan(11_900, (6, Unit::Months), [0, 0, 20]),
    plan(444, (3, Unit::Weeks), [7, 0, 20]),
];

/// When a subscription ends by itself.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ends {
    Never,
    AfterPeriods(i64),
    Before(i64),
}

/// Something that is done. Plans by their place, quantities in thousandths.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    ChangeNow(usize, i64),
    ChangeLater(usize, i64),
    Pause,
    Resume,
    /// With what is unused credited.
    CancelNow,
    CancelLater,
    Reactivate,
    CardFails,
    /// And what is open is paid by hand.
    CardIsGood,
}

/// A subscription's life.
pub(crate) struct Script {
    pub(crate) plan: usize,
    pub(crate) quantity: i64,
    pub(crate) start: i64,
    pub(crate) automatic: bool,
    pub(crate) ends: Ends,
    /// By day.
    pub(crate) steps: Vec<(i64, Step)>,
}

/// Days of the year 2024 on which subscriptions start: many are the last ones of a month, or a leap day.
const STARTS: [i64; 13] = [0, 30, 59, 58, 90, 29, 120, 14, 151, 243, 304, 365, 89];

/// The life of that number: its pattern changes with the number, and so do plan, start and quantity.
pub(crate) fn script(number: usize, first: i64) -> Script {
    let plan = number % PLANS.len();
    let quantity = [1_000, 2_000, 500, 7_250, 3_000][number % 5];
    let start = first + STARTS[number % STARTS.len()];
    let at = |days: i64, step: Step| (start + days, step);
    let twice = 2 * quantity;
    let (mut ends, mut automatic) = (Ends::Never, true);
    let other = |by: usize| (plan + by) % PLANS.len();
    let steps = match number % 11 {
        // Nothing, but that the money runs out for a week and comes again.
        0 => vec![at(58, Step::CardFails), at(66, Step::CardIsGood)],
        // Up, and down again.
        1 => vec![
            at(100, Step::ChangeNow(plan, twice)),
            at(251, Step::ChangeNow(plan, quantity / 2)),
            at(251, Step::ChangeNow(plan, quantity)),
        ],
        // Other plans, mostly of other intervals: at once, in the middle of periods.
        2 => vec![
            at(77, Step::ChangeNow(other(3), quantity)),
            at(500, Step::ChangeNow(other(4), twice)),
            at(501, Step::ChangeNow(other(5), quantity)),
        ],
        // Pauses: long, of no day, across years.
        3 => vec![
            at(62, Step::Pause),
            at(95, Step::Resume),
            at(200, Step::Pause),
            at(200, Step::Resume),
            at(340, Step::Pause),
            at(401, Step::ChangeNow(plan, twice)), // Refused.
            at(450, Step::Resume),
            at(455, Step::ChangeNow(plan, twice)),
        ],
        // Cancelled, thought better of, cancelled.
        4 => vec![
            at(200, Step::CancelLater),
            at(200, Step::Pause), // Refused.
            at(201, Step::Reactivate),
            at(640, Step::CancelLater),
        ],
        5 => vec![at(333, Step::CancelNow), at(334, Step::Resume)], // The second is refused.
        // With the next period, and the one after.
        6 => vec![
            at(45, Step::ChangeLater(other(1), quantity)),
            at(46, Step::ChangeLater(other(4), quantity)),
            at(300, Step::ChangeLater(other(8), twice)),
            at(420, Step::ChangeLater(other(2), twice)),
            at(421, Step::CancelLater),
            at(421, Step::Reactivate),
        ],
        // The card fails for months.
        7 => vec![at(150, Step::CardFails), at(402, Step::CardIsGood)],
        8 => {
            automatic = false;
            ends = Ends::AfterPeriods(10);
            vec![at(20, Step::ChangeNow(plan, twice))]
        }
        9 => {
            automatic = false;
            ends = Ends::Before(start + 500);
            vec![at(480, Step::Pause)]
        }
        // Everything in its trial or first period.
        _ => vec![
            at(1, Step::ChangeNow(other(1), twice)),
            at(2, Step::Pause),
            at(9, Step::Resume),
            at(9, Step::ChangeNow(plan, quantity)),
        ],
    };
    Script {
        plan,
        quantity,
        start,
        automatic,
        ends,
        steps,
    }
}
