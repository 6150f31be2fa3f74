//! A sign-in follows its contact.

use std::sync::Arc;

use clap::Parser as _;
use domain::customer::{
    AddContact, ContactDetails, Customer, CustomerAddresses, CustomerCommand, CustomerDetails,
    RegisterCustomer, UpdateContact,
};
use domain::ids::ContactId;
use domain::money::Currency;
use eventlog::{Actor, ExecuteError, Metadata};
use gateway::app::App;
use gateway::auth::{AccountError, NewAccount};
use gateway::config::Cli;
use projections::Reach;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::json;
use time::macros::date;
use uuid::Uuid;

use crate::support::cast::*;
use crate::support::{Engine, Node, PASSWORD, Store, engines};

#[tokio::test]
async fn the_new_address_signs_in_and_the_old_one_does_not_as_soon_as_the_answer_is_there() {
    for engine in engines() {
        let node = Node::on(engine).await;
        let cast = cast(&node).await;
        let clara = ask(&node, &cast.clara, "{ viewer { contactId } }").await;
        let contact = &clara["viewer"]["contactId"];
        let is_in = async |email: &str| {
            let answer = node.try_sign_in(email, PASSWORD).await.data();
            !answer["signIn"]["token"].is_null()
        };
        let update = async |email: &str| {
            let person = json!({ "name": "Clara K.", "email": email });
            let input =
                json!({ "customerId": cast.customer, "contactId": contact, "contact": person });
            done(&node, &cast.staff, "updateContact", input, "__typename").await;
        };
        update("Clara.New@Nordwind.example").await;
        assert!(!is_in("clara@nordwind.example").await);
        assert!(is_in("clara.new@nordwind.example").await);
        assert!(is_in("CLARA.NEW@nordwind.example").await);
        // Whoever was signed in under the old address is not any longer.
        let seen = node
            .graphql(Some(&cast.clara), "{ viewer { id } }", json!({}), None)
            .await;
        assert!(seen.data()["viewer"].is_null());
        let input = json!({ "customerId": cast.customer, "contactId": contact });
        done(&node, &cast.staff, "removeContact", input, "__typename").await;
        assert!(!is_in("clara.new@nordwind.example").await);
        // Free again, for another customer as well.
        let other = customer_of(&node, &cast.stranger).await;
        for customer in [&cast.customer, &other] {
            let person = json!({ "name": "Clara", "email": "clara.new@nordwind.example" });
            let input = json!({ "customerId": customer, "contact": person });
            let fields = "customer { contacts { id email } }";
            let added = done(&node, &cast.staff, "addContact", input, fields).await;
            let contacts = added["customer"]["contacts"].as_array().unwrap().clone();
            let contact = contacts
                .iter()
                .find(|one| one["email"] == "clara.new@nordwind.example");
            let id = contact.unwrap()["id"].clone();
            node.contact(
                "clara.new@nordwind.example",
                customer.parse().unwrap(),
                id_of(&id),
            )
            .await;
            assert!(is_in("clara.new@nordwind.example").await);
            let input = json!({ "customerId": customer, "contactId": id });
            done(&node, &cast.staff, "removeContact", input, "__typename").await;
        }
        let (clean, said) = node.run(&["check"]).await;
        assert!(clean, "{said}");
    }
}

// --- Any sequence

const CUSTOMERS: usize = 2;
const ADDRESSES: usize = 4;

/// A contact, as it should be.
struct Person {
    customer: usize,
    id: Uuid,
    email: usize,
    is_there: bool,
    account: Option<Login>,
}

/// An open account, as it should be.
struct Login {
    id: Uuid,
    token: String,
    has_address: bool,
    is_signed_in: bool,
}

struct Business {
    app: Arc<App>,
    customers: [Uuid; CUSTOMERS],
    people: Vec<Person>,
    domain: String,
}

fn meta() -> Metadata {
    let actor = Actor {
        id: "t".into(),
        name: "T".into(),
        role: "staff".into(),
        on_behalf_of: None,
    };
    Metadata::new(Uuid::now_v7(), actor)
}

impl Business {
    async fn new(app: &Arc<App>, seed: u64) -> Self {
        let business = Self {
            app: Arc::clone(app),
            customers: [Uuid::now_v7(), Uuid::now_v7()],
            people: vec![],
            domain: format!("case{seed}.example"),
        };
        for customer in 0..CUSTOMERS {
            let command = CustomerCommand::Register(RegisterCustomer {
                details: CustomerDetails {
                    name: "C".into(),
                    language: "en".into(),
                    ..CustomerDetails::default()
                },
                addresses: CustomerAddresses::default(),
                currency: Currency::EUR,
                payment_terms_days: 14,
                on: date!(2026 - 03 - 01),
            });
            assert!(business.tell(customer, command).await);
        }
        business
    }

    fn email(&self, email: usize) -> String {
        format!("p{email}@{}", self.domain)
    }

    fn details(&self, email: usize) -> ContactDetails {
        ContactDetails {
            name: format!("P{email}"),
            email: self.email(email).to_uppercase(),
            phone: None,
        }
    }

    /// Whether the customer did it, rather than refuse.
    async fn tell(&self, customer: usize, command: CustomerCommand) -> bool {
        let id = self.customers[customer];
        let told = self.app.log.execute::<Customer>(id, command, &meta()).await;
        match told {
            Ok(_) => true,
            Err(ExecuteError::Refused(_)) => false,
            Err(error) => panic!("{error}"),
        }
    }

    async fn step(&mut self, random: &mut StdRng) -> String {
        let on = date!(2026 - 03 - 01);
        let email = random.random_range(0..ADDRESSES);
        let deed = random.random_range(0..10);
        if self.people.is_empty() || deed == 0 {
            let (customer, id) = (random.random_range(0..CUSTOMERS), Uuid::now_v7());
            let command = CustomerCommand::AddContact(AddContact {
                contact_id: ContactId(id),
                details: self.details(email),
                on,
            });
            if self.tell(customer, command).await {
                self.people.push(Person {
                    customer,
                    id,
                    email,
                    is_there: true,
                    account: None,
                });
            }
            return format!("add {email} to {customer}");
        }
        let who = random.random_range(0..self.people.len());
        let (customer, contact_id) = (self.people[who].customer, ContactId(self.people[who].id));
        match deed {
            1..=3 => {
                self.join(who).await;
                format!("{who} joins")
            }
            4..=6 => {
                let command = CustomerCommand::UpdateContact(UpdateContact {
                    contact_id,
                    details: self.details(email),
                    on,
                });
                if self.tell(customer, command).await {
                    self.moved(who, email);
                }
                format!("{who} becomes {email}")
            }
            7 => {
                let command = CustomerCommand::RemoveContact { contact_id, on };
                if self.tell(customer, command).await {
                    self.people[who].is_there = false;
                    self.shut(who);
                }
                format!("{who} is removed")
            }
            _ => {
                let invite = CustomerCommand::InviteToPortal { contact_id, on };
                self.tell(customer, invite).await;
                let reason = "left".to_owned();
                let command = CustomerCommand::RevokePortal {
                    contact_id,
                    reason,
                    on,
                };
                if self.tell(customer, command).await {
                    self.shut(who);
                }
                format!("{who} is revoked")
            }
        }
    }

    async fn join(&mut self, who: usize) {
        let person = &self.people[who];
        if !person.is_there || person.account.is_some() {
            return;
        }
        let account = NewAccount {
            email: self.email(person.email),
            name: format!("P{}", person.email),
            password: PASSWORD.to_owned(),
            reach: Reach::Customer {
                customer_id: self.customers[person.customer],
                contact_id: person.id,
            },
        };
        let created = self
            .app
            .accounts
            .create(account, self.app.clock.now())
            .await;
        match (created, self.holder(person.email)) {
            (Ok(viewer), None) => {
                let id = viewer.account_id;
                let token = self.app.sessions.start(viewer).await.unwrap().token;
                self.people[who].account = Some(Login {
                    id,
                    token,
                    has_address: true,
                    is_signed_in: true,
                });
            }
            (Err(AccountError::EmailTaken), Some(_)) => {}
            (created, holder) => panic!("{:?}, held by {holder:?}", created.map(|v| v.email)),
        }
    }

    /// Whose account signs in with that address.
    fn holder(&self, email: usize) -> Option<usize> {
        self.people.iter().position(|person| {
            let account = person.account.as_ref();
            person.email == email && account.is_some_and(|account| account.has_address)
        })
    }

    fn moved(&mut self, who: usize, email: usize) {
        if self.people[who].email == email {
            return;
        }
        let holder = self.holder(email);
        self.people[who].email = email;
        if let Some(account) = &mut self.people[who].account {
            account.is_signed_in = account.is_signed_in && !account.has_address && holder.is_some();
            account.has_address = holder.is_none();
        }
        self.claim();
    }

    fn shut(&mut self, who: usize) {
        if self.people[who].account.take().is_some() {
            self.claim();
        }
    }

    /// What has become free goes to the oldest account that waits for it.
    fn claim(&mut self) {
        let mut waiting: Vec<(Uuid, usize)> = (0..self.people.len())
            .filter_map(|who| {
                let account = self.people[who].account.as_ref()?;
                (!account.has_address).then_some((account.id, who))
            })
            .collect();
        waiting.sort();
        for (_, who) in waiting {
            if self.holder(self.people[who].email).is_none()
                && let Some(account) = &mut self.people[who].account
            {
                (account.has_address, account.is_signed_in) = (true, false);
            }
        }
    }

    async fn check(&self, done: &[String]) {
        for email in 0..ADDRESSES {
            let text = self.email(email).to_uppercase();
            let found = self.app.accounts.find_by_email(&text).await.unwrap();
            let expected = self.holder(email).map(|who| self.people[who].id);
            let contact = found.and_then(|viewer| viewer.contact());
            assert_eq!(contact, expected, "{email} after {done:#?}");
        }
        for (who, person) in self.people.iter().enumerate() {
            if let Some(account) = &person.account {
                let session = self.app.sessions.find(&account.token).await.unwrap();
                let is_in = session.is_some();
                assert_eq!(is_in, account.is_signed_in, "{who} after {done:#?}");
            }
        }
    }
}

async fn app_on(engine: Engine) -> (Arc<Store>, tempfile::TempDir, Arc<App>) {
    let store = Store::new(engine).await;
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().display().to_string();
    let url = store.database_url.clone();
    let cli = Cli::parse_from(["billing", "--database-url", &url, "--data-dir", &data]);
    let app = App::open(cli.config).await.unwrap();
    (store, dir, app)
}

#[tokio::test]
async fn after_any_adding_changing_removing_and_revoking_each_address_signs_in_its_contact() {
    for engine in engines() {
        let (_store, _dir, app) = app_on(engine).await;
        for seed in 0..10 {
            let mut random = StdRng::seed_from_u64(seed);
            let mut business = Business::new(&app, seed).await;
            let mut done = vec![format!("{engine:?}, seed {seed}")];
            for _ in 0..30 {
                done.push(business.step(&mut random).await);
                gateway::process::catch_up(&app).await.unwrap();
                business.check(&done).await;
            }
            // At the next start nothing is left to be followed.
            gateway::process::people::catch_up(&app).await.unwrap();
            business.check(&done).await;
        }
        app.close().await;
    }
}
