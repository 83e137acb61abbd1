"""The chapters: each breaks something, shows what the merchant's engineer sees, mends it, and checks that all is well."""

import json
import time
import urllib.request

ALARM_LIMIT_S = 60
ALARMS_ARE_LOOKED_AT_S = 15
LOG_OF_RUN = ".cache/rehearsal/run"
DEPLOY = 'python tests/rehearsal/cloud.py settings | grep -o \'"NotifyUrl": "[^"]*"\''


class Walk:
    """What all chapters need: the page, the rehearsal, and which payments were taken."""

    def __init__(self, page, rehearsal, provider):
        self.page = page
        self.rehearsal = rehearsal
        self.provider = provider
        self.payments = []
        self.expected = set()
        self.shown = 0

    def pay(self, *ids, manual=False, told):
        """Payments of this chapter; each buyer must be told this."""
        self.payments += ids
        words = " ".join((["--manual"] if manual else []) + list(ids))
        self.page.run(f"python3 tests/walkthrough/pay.py {words}", has=[rf"{one} +pay: 200 {told}$" for one in ids[-1:]])

    def alarm(self, *names):
        """Waits for these alarms, and shows what the rehearsal's terminal said."""
        self.expected |= set(names)
        self._terminal([("ALARM", name) for name in names if name not in self.rehearsal.firing])

    def over(self, *names):
        """Waits until these alarms are over."""
        self._terminal([("over ", name) for name in names if name in self.rehearsal.firing])
        for name in names:
            self.page.holds(name not in self.rehearsal.firing and ("over", name) in self.rehearsal.alarms, f"{name} is not over")

    def _terminal(self, awaited):
        for what, name in awaited:
            if (what.strip(), name) not in self.rehearsal.alarms[self.shown :]:
                self.rehearsal.until(rf"{what} {name}", ALARM_LIMIT_S)
        told, self.shown = self.rehearsal.lines[self.shown :], len(self.rehearsal.lines)
        self.page.block("\n".join(["(the rehearsal's terminal)", *told]))
        self.only_expected()

    def only_expected(self):
        self.rehearsal.hear()
        fired = {name for what, name in self.rehearsal.alarms if what == "ALARM"}
        self.page.holds(fired <= self.expected, f"an alarm that nobody expected: {fired - self.expected}")

    def settle(self):
        """Lets minutes pass until nothing is outstanding, and holds everything against POP's books."""
        self.page.run("until popctl list --status PENDING --status AUTHORIZED --json | grep -q '\"found\": 0'; do minutes 1; done")
        self.page.run("popctl status")

    def books(self):
        """POP's record of each payment."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{self.provider}/_sim/books", timeout=10) as answer:
            books = json.load(answer)
        return {one["paymentRequestId"]: one for one in books["payments"]}

    def each_taken_once(self):
        """Whatever went wrong: POP took the money of every payment once, or knows nothing of it, and our rows say so."""
        books, rows = self.books(), self.rows()
        for payment in self.payments:
            captures = books[payment]["captures"] if payment in books else []
            taken = sum(one["effects"] * one["amount"]["value"] for one in captures)
            # Only what was paid while POP was down may never have reached it.
            right = {30000: "CAPTURED", 0: "EXPIRED" if payment.startswith("DOWN_") else "paid"}.get(taken)
            self.page.holds(rows.get(payment) == right, f"{payment} is {rows.get(payment)}, and POP took {taken}")

    def rows(self):
        """How each payment stands in the table."""
        listed = json.loads(self.page.quietly("popctl list --all --json"))
        return {one["payment"]: one["status"] for one in listed["payments"]}


def deploy(walk):
    walk.page.say("""
## 1. Deployed, and all is well

The stack is up: `template.yaml` was deployed through CloudFormation. `doctor` looks at everything that an engineer would look at after a deployment.
""")
    walk.page.run("popctl doctor", has=["0 wrong"])
    walk.page.say(
        "The rehearsal has made five sample payments, `DEMO_1` to `DEMO_5`, for people to pay in a browser; nobody pays them here. Four orders come besides: two that POP captures by itself, two that the stack captures."
    )
    walk.pay("GOOD_1", "GOOD_2", told="(AUTHORIZED|CAPTURED)")
    walk.pay("GOOD_3", "GOOD_4", manual=True, told="(AUTHORIZED|CAPTURED)")
    walk.page.run("sleep 3")
    walk.settle()
    walk.page.run("popctl list --all", has=[r"GOOD_4 .*CAPTURED"])
    walk.page.run("popctl explain GOOD_3", has=["Nothing is outstanding", "signatures verified again"])
    walk.each_taken_once()
    walk.only_expected()


def pop_down(walk):
    page = walk.page
    page.say("""
## 2. POP is down

POP's process is stopped: it takes connections and says nothing. Three buyers pay meanwhile.
""")
    page.run(f"kill -STOP $(cut -d' ' -f1 {LOG_OF_RUN}/simulator.pid)")
    walk.pay("DOWN_1", "DOWN_2", "DOWN_3", told="PENDING")
    page.say("""
After ten seconds without an answer each call is given up. Nobody knows whether POP took the order before it fell silent, so nothing is claimed: the payments are
`PENDING`, the buyers' pages say "processing", and nobody is asked to pay again. The sweep asks POP, and gets no answer either.
""")
    page.run("for _ in 1 2 3; do minutes 1; sleep 11; done")
    page.say("The alarm, with its place in the runbook: [POP errors](runbook.md#pop-errors).")
    walk.alarm("PopErrorsAlarm")
    page.run("popctl status", has=[r"PENDING +3"])
    page.run("popctl explain DOWN_1", has=["DOWN_1  PENDING", "outcome is"], lacks=["DECLINED", "CAPTURED"])
    page.say(
        "The runbook says where to look: is it the way to POP, POP itself, or our key? `doctor` asks POP something harmless with the stack's own key."
    )
    page.run("popctl doctor", code=1, has=["WRONG +keys at POP"])
    page.say('POP does not answer at all, so it is down: "wait; buyers see processing and the sweep finishes". Minutes later it is back.')
    page.run(f"kill -CONT $(cut -d' ' -f1 {LOG_OF_RUN}/simulator.pid)")
    page.say("Nobody does anything now. The sweep asks at its next turn, and what POP says, signed, decides.")
    walk.settle()
    walk.each_taken_once()
    rows = walk.rows()
    known = [name for name in rows if name.startswith("DOWN_") and rows[name] == "CAPTURED"]
    lost = [name for name in rows if name.startswith("DOWN_") and rows[name] == "EXPIRED"]
    if known:
        page.run(f"popctl explain {min(known)}", has=["Nothing is outstanding"])
        page.run(f"popctl replay --payment {min(known)}")
        page.say(
            f"POP carried out {', '.join(sorted(known))} when it was back, though nobody was listening any more. Had that been called failed, somebody would have paid twice."
        )
    if lost:
        page.run(f"popctl explain {min(lost)}", has=["ORDER_NOT_EXIST", "Nothing is outstanding"])
        page.run(f"popctl replay --payment {min(lost)}")
        page.say(
            f"POP never got {', '.join(sorted(lost))}: its signed word is that it does not know the payment. That is believed only a quarter of an hour after the last call, when "
            "nothing can be on its way any more; nobody was charged, and the order system hears `payment.expired`. Had that been called paid, goods would have gone out for nothing."
        )


def wrong_key(walk):
    page = walk.page
    page.say("""
## 3. POP signs with a key that we do not have

POP replaces its key without a word: answers and notifications are signed by somebody whom the stack does not know. For all it can tell, they are forged.
""")
    page.run("openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out .cache/walkthrough/pop-2.pem")
    page.run("""printf '{"providerPrivateKey":"%s","keyVersion":"2"}' "$(grep -v -e '-----' .cache/walkthrough/pop-2.pem | tr -d '\\n')" |
  curl -sS --fail -o /dev/null --data-binary @- $POP/_sim/keys""")
    walk.pay("KEY_1", "KEY_2", "KEY_3", told="PENDING")
    page.say("""
POP authorised all three and said so, but an answer that cannot be verified is no answer. Its notifications are refused with 401, and POP sends them again: after two minutes, after ten, for a day.
""")
    page.run("minutes 4")
    page.say(
        "[Signature failures](runbook.md#signature-failures). [POP errors](runbook.md#pop-errors) goes on or fires again, since an answer that is not verified counts as none."
    )
    walk.alarm("SignatureFailuresAlarm")
    page.run("popctl status", has=[r"PENDING +3"])
    page.run("popctl explain KEY_1", has=["KEY_1  PENDING"], lacks=["AUTHORIZED"])
    page.run("popctl doctor", code=1, has=["WRONG +keys at POP", "PopPublicKeys"])
    page.run(
        """printf '{"folder":".cache/walkthrough/logs"}' | python tests/rehearsal/cloud.py logs > .cache/walkthrough/logs.json
grep -ho '"error.code":"[a-z_]*"' .cache/walkthrough/logs/*Notify*.log | sort | uniq -c""",
        has=["bad_signature"],
    )
    page.say("""
Every message since some moment is refused as `bad_signature` (what is not signed at all was `doctor`, trying the door). The runbook: "a new key of POP: add its version to
`PopPublicKeys`", as [rotation.md](rotation.md#pops-key) says, beside the old one. On AWS that is a line in `samconfig.toml` and `sam deploy`; the rehearsal's stack is updated through CloudFormation with the same parameter.
""")
    page.run(
        """NEW=$(openssl pkey -in .cache/walkthrough/pop-2.pem -pubout -outform DER | base64 -w0)
OLD=$(sed -n 's/^POP_PUBLIC_KEYS="\\(.*\\)"$/\\1/p' .cache/rehearsal/local.env)
printf '{"stack":"pop-payments","parameters":{"PopPublicKeys":"%s,2=%s"}}' "$OLD" "$NEW" |
  """
        + DEPLOY
    )
    page.run("minutes 1; popctl doctor", has=["0 wrong", "by key 2"])
    page.say("What was refused comes again, or is asked for. Nothing has to be fetched by hand.")
    walk.settle()
    page.run("popctl explain KEY_1", has=["KEY_1  CAPTURED", r"signed, key\s+2", "Nothing is outstanding"])
    page.run("popctl replay --payment KEY_1")
    walk.each_taken_once()
    page.run("minutes 16")
    walk.over("SignatureFailuresAlarm")


def poisoned(walk):
    page = walk.page
    page.say("""
## 4. A poisoned message

Another team's job writes into the capture queue by mistake: once something that is no hint of ours at all, once a hint for a payment of another stack. A good order comes right behind.
""")
    page.run("""python tests/walkthrough/messages.py send '{"invoice": 4711}' '{"paymentRequestId": "OF_ANOTHER_STACK"}'""")
    walk.pay("BESIDE_1", manual=True, told="(AUTHORIZED|CAPTURED)")
    page.run("sleep 5")
    page.run("popctl explain BESIDE_1", has=["BESIDE_1  CAPTURED"])
    page.say(
        "The order is captured: one bad message does not hold up the others of its batch. The bad ones are tried five times, six minutes apart, and then set aside."
    )
    page.run("minutes 34")
    page.say("[Capture dead letters](runbook.md#capture-dead-letters):")
    walk.alarm("CaptureDeadLettersAlarm")
    page.run("popctl status", code=1, has=["popctl redrive"])
    page.say("No payment is affected. `redrive` reads each message and says what it would do, before anything is moved:")
    page.run("popctl redrive --queue capture", code=1, has=["obsolete", "unreadable", "Nothing was moved"])
    page.run("popctl redrive --queue capture --yes --drop-obsolete", code=1, has=["dropped", "left"])
    page.say(
        "What is none of ours is never moved or deleted by popctl. A person looks at it, finds whose it is, and deletes it with SQS's own means."
    )
    page.run("python tests/walkthrough/messages.py take", has=["invoice"], lacks=["paymentRequestId"])
    walk.settle()
    page.run("minutes 6")
    walk.over("CaptureDeadLettersAlarm")
    walk.each_taken_once()


def silence(walk):
    page = walk.page
    page.say("""
## 5. Notifications go astray

Somebody deploys with a wrong `NotifyUrl`. POP sends every notification to an address where nobody is, and the stack cannot tell a notification that does not come from one that is not due.
""")
    page.run("""printf '{"stack":"pop-payments","parameters":{"NotifyUrl":"%s"}}' "$API/notifications" | """ + DEPLOY, has=["/notifications"])
    ids = [f"QUIET_{number}" for number in range(1, 7)]
    walk.pay(*ids, told="(AUTHORIZED|CAPTURED)")
    page.say("POP captures them and says so, to nobody. The sweep asks instead:")
    page.run("minutes 15")
    page.say("[Silence](runbook.md#silence): within an hour at least as many outcomes were found by asking as notifications came.")
    walk.alarm("SilenceAlarm")
    page.run("popctl status")
    page.run("popctl explain QUIET_1", has=["QUIET_1  CAPTURED", "answered the inquiry"], lacks=["POP notified"])
    page.say("The payments are right, only later, and each cost an inquiry. `doctor` finds the address:")
    page.run("popctl doctor", code=1, has=["WRONG +notify (path|URL)"])
    page.say("The runbook: register the right one. Here the parameter is mended and deployed again.")
    page.run("""printf '{"stack":"pop-payments","parameters":{"NotifyUrl":"%s"}}' "$API/notify" | """ + DEPLOY, has=["/notify"])
    page.run("minutes 1; popctl doctor", has=["0 wrong"])
    walk.pay("HEARD_1", "HEARD_2", told="(AUTHORIZED|CAPTURED)")
    page.run("python3 tests/walkthrough/pay.py --leave LEFT_1", has=["create: 201 CREATED"])
    page.run("sleep 3")
    page.run("popctl explain HEARD_1", has=["HEARD_1  CAPTURED", "POP notified"])
    page.say(
        "An hour after the last outcome that had to be asked for, the alarm is over. (In a shop without any traffic it would go on for longer: there is nothing to measure.)"
    )
    page.run("minutes 56")
    walk.over("SilenceAlarm")
    walk.settle()
    walk.each_taken_once()


def the_end(walk):
    page = walk.page
    page.say("## 6. Everything is settled")
    page.run("popctl list --all")
    walk.each_taken_once()
    page.run("popctl status --all", has=["Nothing wants a look"], lacks=["PENDING", "AUTHORIZED", "CREATED"])
    page.run("popctl verify")
    page.run("popctl replay")
    time.sleep(ALARMS_ARE_LOOKED_AT_S)
    walk.only_expected()
    page.holds(not walk.rehearsal.firing, f"still firing: {walk.rehearsal.firing}")
    count = len(walk.payments)
    rows = "\n".join(
        f"| {line.split()[0]} | `{name}` | {'fires' if what == 'ALARM' else 'is over'} |"
        for (what, name), line in zip(walk.rehearsal.alarms, walk.rehearsal.lines, strict=True)
    )
    page.say(f"""
Of {count} payments each is captured once, or unknown to POP and expired: the table and POP's own books agree on every one, and each row is what its trail of signed messages makes of it. The alarms of the whole run, by the stack's clock. One that stands on something seldom goes on and off while its periods pass ([operations.md](operations.md#alarms)):

| time | alarm | |
|---|---|---|
{rows}
""")


CHAPTERS = [deploy, pop_down, wrong_key, poisoned, silence, the_end]
