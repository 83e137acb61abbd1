//! The moves: what an operator does, and what POP does.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::MAX_AGE_SECONDS;
use crate::python::cloud;
use crate::scenario::Doors;
use crate::secrets::{API_KEYS, CLIENT_TOKEN_KEY, PRIVATE_KEY, Secrets};
use crate::stack::Stack;
use crate::steps::Progress;

/// Until every process has read what was put: the age of secrets, and a little.
const READ_BY_ALL: Duration = Duration::from_secs(MAX_AGE_SECONDS + 2);

/// What is on its way to and from POP is through after this.
const ON_THE_WAY: Duration = Duration::from_secs(8);

/// One move.
pub(super) struct Move {
    pub(super) name: &'static str,
    act: Act,
}

enum Act {
    PopTakesTheOldOne,
    PutMerchantKey,
    PopTakesBoth,
    PopTakesTheNewOne,
    AddApiKey,
    TakeApiKeyOut,
    AddTokenKey,
    SignWithNewTokenKey,
    SetBothPopKeys,
    PopSignsAnew,
    TakeOldKeysOut,
}

/// All of them, in the order of docs/rotation.md.
pub(super) const MOVES: [Move; 11] = [
    Move {
        name: "Nothing is replaced yet",
        act: Act::PopTakesTheOldOne,
    },
    Move {
        name: "The merchant's new key is put, and POP does not know it",
        act: Act::PutMerchantKey,
    },
    Move {
        name: "POP takes both of the merchant's keys",
        act: Act::PopTakesBoth,
    },
    Move {
        name: "POP takes the merchant's new key alone",
        act: Act::PopTakesTheNewOne,
    },
    Move {
        name: "An API key is added and used",
        act: Act::AddApiKey,
    },
    Move {
        name: "It is taken out again",
        act: Act::TakeApiKeyOut,
    },
    Move {
        name: "The next token key is added",
        act: Act::AddTokenKey,
    },
    Move {
        name: "The next token key signs",
        act: Act::SignWithNewTokenKey,
    },
    Move {
        name: "POP's next key is deployed beside the old one",
        act: Act::SetBothPopKeys,
    },
    Move {
        name: "POP signs with its next key",
        act: Act::PopSignsAnew,
    },
    Move {
        name: "The old token key and POP's old key are taken out",
        act: Act::TakeOldKeysOut,
    },
];

/// The keys before and after, and who was turned away while they changed.
pub(super) struct Keys<'a> {
    stack: &'a Stack<'a>,
    next: &'a Secrets,
    http: reqwest::Client,
    /// Callers whose key was taken out and who were turned away.
    pub(super) rightly_refused: u64,
    /// Callers whose key was taken out and who were let in.
    pub(super) revoked_keys_accepted: u64,
}

impl<'a> Keys<'a> {
    pub(super) fn new(stack: &'a Stack<'a>, next: &'a Secrets) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().no_proxy().build();
        Ok(Self {
            stack,
            next,
            http: http.context("no HTTP client")?,
            rightly_refused: 0,
            revoked_keys_accepted: 0,
        })
    }

    /// Makes one move.
    pub(super) async fn make(
        &mut self,
        one: &Move,
        doors: &Doors,
        progress: &Progress,
    ) -> anyhow::Result<()> {
        let (old, new) = (&self.stack.secrets, self.next);
        let old_of_merchant = ("1", old.merchant_public());
        let new_of_merchant = ("2", new.merchant_public());
        match one.act {
            Act::PopTakesTheOldOne => self.pop_takes(&[old_of_merchant]).await,
            Act::PutMerchantKey => {
                let text = json!({ "keyVersion": "2", "privateKey": new.private_key() });
                self.put(PRIVATE_KEY, &text.to_string(), progress).await?;
                tokio::time::sleep(READ_BY_ALL).await;
                Ok(())
            }
            Act::PopTakesBoth => self.pop_takes(&[old_of_merchant, new_of_merchant]).await,
            Act::PopTakesTheNewOne => self.pop_takes(&[new_of_merchant]).await,
            Act::AddApiKey => {
                let hashes = [old.api_key_hash(), new.api_key_hash()].join("\n");
                self.put(API_KEYS, &hashes, progress).await?;
                // If it does not, the front counts one who was turned away.
                self.lets_in(new.api_key()).await.map(drop)
            }
            Act::TakeApiKeyOut => {
                self.put(API_KEYS, &old.api_key_hash(), progress).await?;
                tokio::time::sleep(READ_BY_ALL).await;
                match self.lets_in(new.api_key()).await? {
                    true => self.revoked_keys_accepted += 1,
                    false => self.rightly_refused += 1,
                }
                Ok(())
            }
            Act::AddTokenKey => {
                let keys = [old.client_token_key(), new.client_token_key()].join("\n");
                self.put(CLIENT_TOKEN_KEY, &keys, progress).await?;
                tokio::time::sleep(READ_BY_ALL).await;
                Ok(())
            }
            Act::SignWithNewTokenKey => {
                let keys = [new.client_token_key(), old.client_token_key()].join("\n");
                self.put(CLIENT_TOKEN_KEY, &keys, progress).await?;
                tokio::time::sleep(READ_BY_ALL).await;
                Ok(())
            }
            Act::SetBothPopKeys => {
                let keys = pop_keys(&[old, new]);
                self.deploy(keys, progress).await
            }
            Act::PopSignsAnew => {
                let key =
                    json!({ "providerPrivateKey": new.provider_private(), "keyVersion": "2" });
                self.stack.provider.replace_keys(&key).await
            }
            Act::TakeOldKeysOut => {
                let _nobody = doors.closed().await;
                tokio::time::sleep(ON_THE_WAY).await;
                let key = new.client_token_key();
                self.put(CLIENT_TOKEN_KEY, key, progress).await?;
                tokio::time::sleep(READ_BY_ALL).await;
                let key = format!("2={}", new.provider_public());
                self.deploy(key, progress).await
            }
        }
    }

    /// Puts a new version of a secret.
    async fn put(&self, name: &str, text: &str, progress: &Progress) -> anyhow::Result<()> {
        let request = BTreeMap::from([(name, text)]);
        let _versions: Value = self.cloud("replace", &request, progress).await?;
        Ok(())
    }

    /// Deploys the same stack with other keys of POP.
    async fn deploy(&self, keys: String, progress: &Progress) -> anyhow::Result<()> {
        let parameters = BTreeMap::from([("PopPublicKeys", keys)]);
        let request = json!({ "stack": crate::deploy::STACK, "parameters": parameters });
        let _outputs: Value = self.cloud("settings", &request, progress).await?;
        Ok(())
    }

    async fn cloud(
        &self,
        name: &str,
        request: &impl serde::Serialize,
        progress: &Progress,
    ) -> anyhow::Result<Value> {
        let (workspace, environment) = (self.stack.workspace, &self.stack.environment);
        let endpoint = self.stack.emulator.endpoint();
        cloud(workspace, environment, &endpoint, name, request, progress).await
    }

    async fn pop_takes(&self, keys: &[(&str, &str)]) -> anyhow::Result<()> {
        let keys: BTreeMap<_, _> = keys.iter().copied().collect();
        let keys = json!({ "merchantPublicKeys": keys });
        self.stack.provider.replace_keys(&keys).await
    }

    /// Whether an API key lets somebody in. There is no such payment, which only those learn who are in.
    async fn lets_in(&self, key: &str) -> anyhow::Result<bool> {
        let url = format!("{}/payments/NOBODY", self.stack.front.url());
        let answer = self.http.get(url).bearer_auth(key).send().await;
        match answer.context("the API was not reached")?.status().as_u16() {
            404 => Ok(true),
            401 => Ok(false),
            other => anyhow::bail!("the API answered {other} where 404 or 401 was expected"),
        }
    }
}

/// `POP_PUBLIC_KEYS` with the provider's keys of these, whose versions count from 1.
pub(crate) fn pop_keys(secrets: &[&Secrets]) -> String {
    let numbered = secrets.iter().enumerate();
    let keys: Vec<String> = numbered
        .map(|(index, secrets)| format!("{}={}", index + 1, secrets.provider_public()))
        .collect();
    keys.join(",")
}
