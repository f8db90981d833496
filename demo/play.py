#!/usr/bin/env python3
"""The main job, played on a stepped clock: a centre, nine districts, the real plan.

    demo/play.py              play, show the board, and keep running until Ctrl-C
    demo/play.py --once       the same, then stop everything
    demo/play.py --until 2022-09   stop after the lock of that period

Everything is real: PostgreSQL, TLS, nine agents, mail and webhooks. Only time is stepped,
and the figures are 示例数据. All files lie under one folder; nothing is left running.
"""
import argparse
import datetime
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

import yaml

import scenario
from processes import Process, wait_for
from sinks import Line, MailSink, WebhookSink

ROOT = pathlib.Path(__file__).resolve().parents[1]
BIN = pathlib.Path(os.environ.get("DUBAN_BIN", ROOT / "build" / "bin"))
DOMAIN = "duban.changsha.example"
DEPARTMENTS = {"gengxin": "更新办", "jiugai": "老旧小区和危旧房改造处",
               "penggai": "棚改城改处", "mingcheng": "历史名城处", "bangongshi": "局办公室"}
KINDS = {"report_due_soon": "临期提醒", "report_overdue": "催报", "behind": "进度预警",
         "target_overdue": "催办", "review_overdue": "审核超时"}
IDLE = ("penggai", "2022-08")  # who reviews nothing of that period
LATE, OFFLINE, WRONG, STRANGER, ABSENT = "430111", "430121", "430103", "430182", "430181"


class Demo:
    def __init__(self, folder, quiet):
        self.folder, self.quiet = folder, quiet
        self.tasks = scenario.Tasks()
        self.names = dict(self.tasks.units)
        self.agents, self.stoppers = {}, []
        self.mail = self.webhook = self.line = self.duband = None
        self.port, self.now = 0, ""

    # --- what is shown

    def say(self, text=""):
        if not self.quiet:
            print(text, flush=True)

    def tell(self, text):
        self.say(f"{self.now}  {text}")

    # --- commands

    def duban(self, *arguments, check=True, department="bangongshi"):
        config = self.folder / f"duban-{department}.yaml"
        done = subprocess.run([BIN / "duban", *map(str, arguments)], text=True,
                              env=dict(os.environ, DUBAN_CONFIG=str(config), DUBAN_LANG="zh"),
                              capture_output=True, check=False)
        if check and done.returncode != 0:
            raise RuntimeError(f"duban {' '.join(map(str, arguments))} gave "
                               f"{done.returncode}:\n{done.stdout}{done.stderr}")
        return done

    def duban_json(self, *arguments, **options):
        return json.loads(self.duban("--json", *arguments, **options).stdout)

    def write(self, name, settings):
        path = self.folder / name
        path.write_text(yaml.safe_dump(settings, allow_unicode=True, sort_keys=False), "utf-8")
        return path

    # --- setting up

    def certificates(self):
        ca, out = self.folder / "ca", self.folder / "certificates"
        self.duban("ca", "init", ca, "--trust-domain", DOMAIN)

        def issue(path, *options, authority=ca):
            self.duban("ca", "issue", authority, path, "--out", out, *options)
        issue("node/1", "--dns", "localhost")
        issue("node/1/signer/1")
        issue("operator/ops")
        for department in DEPARTMENTS:
            issue(f"department/{department}/person/lead")
        # The districts' signing keys are of every kind that the centre knows.
        kinds = ("ecdsa-p256-sha256", "ed25519", "sm2-sm3")
        for index, unit in enumerate(self.names):
            issue(f"district/{unit}/agent/1")
            issue(f"district/{unit}/signer/1", "--algorithm", kinds[index % 3])
        # One district will sign with a key that the bureau's CA never saw.
        stranger = self.folder / "another-ca"
        self.duban("ca", "init", stranger, "--trust-domain", DOMAIN)
        self.duban("ca", "issue", stranger, f"district/{STRANGER}/signer/1",
                   "--out", stranger / "out")

    def credentials(self, stem):
        out = self.folder / "certificates"
        return {"certificate": str(out / f"{stem}.pem"), "key": str(out / f"{stem}.key.pem")}

    def sinks(self):
        self.mail = MailSink(self.folder / "mail")
        self.stoppers.append(self.mail.stop)
        self.webhook = WebhookSink(self.folder / "webhook.jsonl")
        self.stoppers.append(self.webhook.stop)
        self.hook_file = self.folder / "webhook-url"
        self.hook_file.write_text(f"http://127.0.0.1:{self.webhook.port}/robot?key=example\n")
        self.hook_file.chmod(0o600)

    def centre(self):
        ca = self.folder / "ca"
        contacts = [{"name": f"{name}邮箱", "recipient": f"department/{d}", "kind": "email",
                     "address": f"{d}@bureau.example"} for d, name in DEPARTMENTS.items()]
        contacts += [{"name": f"{name}群", "recipient": f"department/{d}", "kind": "wecom",
                      "url_file": str(self.hook_file)} for d, name in DEPARTMENTS.items()]
        config = self.write("duband.yaml", {
            "server": {"state_dir": str(self.folder / "state"), "trust_domain": DOMAIN,
                       "listeners": [{"address": "127.0.0.1:0",
                                      "client_certificates": "required"}]},
            "tls": {**self.credentials("node-1"), "ca": str(ca / "ca.pem"),
                    "crl": str(ca / "crl.pem")},
            "receipts": self.credentials("node-1-signer-1"),
            "rehearsal": {"enabled": "true", "start": "2022-07-15 09:00"},
            "deliver": {"contacts": contacts,
                        "smtp_url": f"smtp://127.0.0.1:{self.mail.port}",
                        "smtp_from": "duban@bureau.example", "webhook_per_minute": 1000},
        })
        self.duband = Process([BIN / "duband", "--config", config],
                              self.folder / "duband.log")
        self.stoppers.append(self.duband.stop)
        line = self.duband.wait_line(" ready ", patience=120)
        self.port = int(line.split("127.0.0.1:")[1].split()[0].strip('"'))
        self.line = Line(self.port)
        self.stoppers.append(self.line.stop)
        for department in DEPARTMENTS:
            self.write(f"duban-{department}.yaml", {
                "centre": {"address": f"127.0.0.1:{self.port}", "server_name": "localhost"},
                "tls": {**self.credentials(f"department-{department}-person-lead"),
                        "ca": str(ca / "ca.pem")}})

    def agent_folder(self, unit):
        return self.folder / "agents" / unit

    def start_agent(self, unit, signer=None):
        folder = self.agent_folder(unit)
        folder.mkdir(parents=True, exist_ok=True)
        port = self.line.port if unit == OFFLINE else self.port
        config = self.write(f"agents/{unit}/agent.yaml", {
            "agent": {"unit": unit, "state_dir": str(folder / "state"),
                      "spool_dir": str(folder / "spool"), "trust_domain": DOMAIN},
            "centre": {"addresses": [f"127.0.0.1:{port}"], "server_name": "localhost"},
            "tls": {**self.credentials(f"district-{unit}-agent-1"),
                    "ca": str(self.folder / "ca/ca.pem"), "crl": str(self.folder / "ca/crl.pem")},
            "signer": signer or self.credentials(f"district-{unit}-signer-1"),
            "retry": {"first": "200ms", "max": "1s"},
        })
        self.agents[unit] = Process([BIN / "duban-agent", "run", "--config", config],
                                    folder / "agent.log")
        self.agents[unit].wait_line(" ready ")

    def stop_agents(self):
        for process in self.agents.values():
            process.popen.send_signal(signal.SIGTERM)
        for process in self.agents.values():
            process.stop()

    # --- playing

    def agent(self, unit, command):
        done = subprocess.run([BIN / "duban-agent", command, "--json", "--config",
                               self.agent_folder(unit) / "agent.yaml"],
                              capture_output=True, text=True, check=False)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def status(self, unit):
        return self.agent(unit, "status") or {}

    def alerts(self, unit):
        return len(self.agent(unit, "alerts") or [])

    def everybody_knows(self):
        """Every agent that has a line has seen the present plan time."""
        for unit in self.agents:
            if unit == OFFLINE and not self.line.up:
                continue
            wait_for(lambda u=unit: self.status(u).get("plan_time", "")[:16].replace("T", " ")
                     == self.now, f"{unit} to see {self.now}")

    def step(self, to):
        """Step plan time, instant by instant, up to `to`; say what came of it."""
        while self.now < to:
            answer = self.duban_json("clock", "step", "--to", to)
            self.now = answer["plan_at"][:16].replace("T", " ")
            if answer["asked"]:
                self.tell_decided(answer["asked"])
        self.everybody_knows()

    def tell_decided(self, asked):
        """What the plan asked at this instant, and how many alerts that took."""
        decided = [a for a in self.duban_json("alerts", "list")
                   if a["decided_at"][:16].replace("T", " ") == self.now]
        for kind in dict.fromkeys(row.split()[0] for row in asked):
            count = sum(row.split()[0] == kind for row in asked)
            told = sum(a["kind"] == kind for a in decided)
            if told or kind != "review_overdue":  # mostly they were reviewed in time
                self.tell(f"{KINDS[kind]}：核对{count}项，发出{told}条")

    def drop(self, unit, section, period, change=None, name=None):
        spool = self.agent_folder(unit) / "spool"
        name = name or f"{period}-{section}.yaml"
        content = scenario.report(self.tasks, unit, section, period, change)
        temporary = spool / f".{name}.tmp"
        temporary.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False),
                             "utf-8")
        temporary.rename(spool / name)
        return spool, name

    def outcome(self, spool, name):
        """Where the agent put the file, once the centre has answered."""
        def there():
            return next((s for s in ("accepted", "refused") if (spool / s / name).exists()), None)
        state = wait_for(there, f"the answer to {spool / name}")
        beside = spool / state / (name + ".txt")
        text = wait_for(lambda: beside.exists() and beside.read_text("utf-8"), beside)
        return state, text.strip()

    def report(self, unit, period, sections, change=None, suffix=""):
        dropped = []
        for section in sections:
            dropped.append(self.drop(unit, section, period, change,
                                     f"{period}-{section}{suffix}.yaml"))
        answers = [self.outcome(*one) for one in dropped]
        good = sum(state == "accepted" for state, _ in answers)
        self.tell(f"{self.names[unit]}报送{period}月报{len(answers)}份：收妥{good}份"
                  + (f"，退{len(answers) - good}份" if good < len(answers) else ""))
        for state, text in answers:
            if state == "refused":
                for line in text.splitlines():
                    self.say(f"      {line}")
        return answers

    def month(self, period):
        day = scenario.PERIODS[period]
        for index, unit in enumerate(self.names):
            self.step(f"{day} {10 + index // 6:02}:{index % 6 * 10:02}")
            sections = scenario.sections_of(unit)
            if unit == WRONG and period == "2022-08":
                self.contradiction(unit, period, sections)
            elif unit == LATE and period == "2022-09":
                self.report(unit, period, [s for s in sections if s != "2"])
            elif unit == OFFLINE and period == "2022-10":
                self.offline(unit, period, sections)
            elif unit == STRANGER and period == "2022-07":
                self.stranger(unit, period, sections)
            elif unit == ABSENT and period == "2022-12":
                self.report(unit, period, [s for s in sections if s != "1"])
            else:
                self.report(unit, period, sections)
        self.review(period)
        self.afterwards(period)

    def review(self, period):
        """The lead departments pass the content, but for one in August; then the office the
        totals."""
        passed = []
        for department in [*DEPARTMENTS][:-1] + ["bangongshi"]:
            if (department, period) == IDLE:
                continue
            step = "totals" if department == "bangongshi" else "content"
            waiting = self.duban_json("reports", "waiting", "--all", department=department)
            numbers = [w["number"] for w in waiting if w["step"] == step]
            if numbers:
                self.duban("reports", "pass", *numbers, department=department)
                passed.append(f"{DEPARTMENTS[department]}{len(numbers)}份")
        self.tell(f"审核通过：{'，'.join(passed)}")
        for found in scenario.FOUND.get(period, []):
            self.look(*found)

    def look(self, department, unit, section, indicator, period, what):
        """What counts only as far as somebody else has seen or accepted it."""
        report = self.duban_json("reports", "list", "--unit", unit, "--section", section,
                                 "--period", period)[0]
        options = [f"--{what}", "--remark", scenario.REMARKS.get(what, "")]
        if what not in scenario.REMARKS:
            options = ["--accepted", f"{what}个", "--on", self.now[:10], "--document",
                       f"长人居验〔2022〕{unit[-2:]}号（示例）", "--remark", "现场验收（示例数据）。"]
        done = self.duban("reports", "check", report["number"], indicator, *options,
                          department=department)
        self.tell(f"{DEPARTMENTS[department]}看{self.names[unit]}：{done.stdout.strip()}")

    def contradiction(self, unit, period, sections):
        """More finished than started: the agent says so, the centre says the same, and the
        mended report is taken."""
        started = scenario.figures(self.tasks, unit, "2", period)["communities_started"]
        wrong = {"communities_finished": str(started + 7)}
        self.report(unit, period, [s for s in sections if s != "2"])
        self.report(unit, period, ["2"], wrong)
        path = self.write(f"{unit}-{period}-2-仍要报送.yaml",
                          scenario.report(self.tasks, unit, "2", period, wrong))
        done = subprocess.run([BIN / "duban-agent", "submit", "--no-check", path, "--config",
                               self.agent_folder(unit) / "agent.yaml"],
                              capture_output=True, text=True, check=False)
        self.tell(f"{self.names[unit]}不经本机审核仍要报送，中心端答复（退出码{done.returncode}）：")
        for line in (done.stdout + done.stderr).strip().splitlines():
            self.say(f"      {line}")
        self.step(f"{scenario.PERIODS[period]} 14:30")
        self.report(unit, period, ["2"], suffix="-修改")

    def offline(self, unit, period, sections):
        """The line is cut; the agent keeps the reports."""
        self.line.cut()
        self.tell(f"{self.names[unit]}线路中断，月报留在本机队列")
        self.kept = [self.drop(unit, section, period) for section in sections]
        wait_for(lambda: self.status(unit).get("waiting") == len(sections),
                 f"{unit} to queue its reports")

    def stranger(self, unit, period, sections):
        """Signed with a key that is not its own: not taken, whatever it says."""
        self.kept = [self.drop(unit, section, period) for section in sections]
        wait_for(lambda: self.status(unit).get("held") == len(sections),
                 f"{unit}'s reports to be held")
        self.tell(f"{self.names[unit]}用另一颁发机构的密钥签名，中心端不予收妥，月报留在本机：")
        self.say(f"      {(self.agent(unit, 'list') or [{}])[0].get('error', '')}")

    def afterwards(self, period):
        if period == "2022-07":
            self.step("2022-08-05 09:30")
            self.agents[STRANGER].stop()
            self.start_agent(STRANGER)
            answers = [self.outcome(*one) for one in self.kept]
            self.tell(f"{self.names[STRANGER]}换回本单位密钥，队列中的月报收妥"
                      f"{sum(s == 'accepted' for s, _ in answers)}份")
        elif period == "2022-09":
            self.step("2022-10-10 15:00")
            self.report(LATE, period, ["2"])
        elif period == "2022-10":
            self.step("2022-11-08 11:00")
            self.line.mend()
            answers = [self.outcome(*one) for one in self.kept]
            self.tell(f"{self.names[OFFLINE]}线路恢复，补齐{len(answers)}份（迟报）")
            self.everybody_knows()

    def play(self, until):
        for period in scenario.PERIODS:
            if period > until:
                break
            self.say(f"—— {period} 报告期")
            self.month(period)
        lock = datetime.date.fromisoformat(scenario.PERIODS[min(until, "2022-12")])
        self.step(f"{lock + datetime.timedelta(days=12)} 17:30")

    def run(self, until):
        for folder in (self.folder, self.folder / "agents"):
            folder.mkdir(parents=True, exist_ok=True)
        self.say(f"一切都在 {self.folder}")
        self.certificates()
        self.sinks()
        self.centre()
        self.say(self.duban("plan", "apply", scenario.PLAN, "--with", scenario.SAMPLE)
                 .stdout.strip())
        for unit in self.names:
            stranger = self.folder / "another-ca" / "out" / f"district-{STRANGER}-signer-1"
            self.start_agent(unit, {"certificate": f"{stranger}.pem", "key": f"{stranger}.key.pem"}
                             if unit == STRANGER else None)
        self.now = self.duban_json("clock", "step", "--to", "2022-07-15 09:00")["plan_at"][:16] \
            .replace("T", " ")
        self.play(until)

    def show(self):
        self.say()
        board = self.duban("board").stdout
        print(board, flush=True)
        (self.folder / "board.txt").write_text(board, "utf-8")
        self.say(f"提醒经信道送达{sum(map(self.alerts, self.agents))}条，"
                 f"邮件{len(self.mail.messages)}封，群消息{len(self.webhook.messages)}条。")
        for subject in ("【提级督办】", "【督办专报】"):
            message = next((m for _, m in self.mail.messages
                            if m["subject"].startswith(subject)), None)
            if message is not None:
                self.say(f"\n  邮件致{message['to']}：{message['subject']}")
                for line in message.get_content().strip().splitlines()[:6]:
                    self.say(f"  {line}")

    def hints(self):
        config = self.folder / "duban-bangongshi.yaml"
        agent = self.agent_folder(LATE) / "agent.yaml"
        self.say(f"""
还可以看（另开一个终端）：
  export DUBAN_CONFIG={config}
  {BIN}/duban board --explain 430111
  {BIN}/duban light explain 430105 protection_system
  {BIN}/duban alerts list --unit 430111
  {BIN}/duban reports list --unit 430111
  {BIN}/duban districts
  {BIN}/duban plan show --section 2
  {BIN}/duban-agent list --config {agent}
  ls {self.folder}/mail {self.folder}/webhook.jsonl
按 Ctrl-C 停止；停止后不留进程。""")

    def stop(self):
        self.stop_agents()
        for stopper in reversed(self.stoppers):
            try:
                stopper()
            except Exception as error:  # the others must still be stopped
                print(f"stopping: {error}", file=sys.stderr)
        self.stoppers = []


def make_folder(given):
    if given:
        return pathlib.Path(given).absolute()
    # Below /tmp: PostgreSQL runs as another user there, who cannot enter a closed home.
    folder = pathlib.Path(tempfile.mkdtemp(prefix="duban-demo-"))
    folder.chmod(0o755)
    return folder


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--once", action="store_true", help="stop when the board was shown")
    parser.add_argument("--quiet", action="store_true", help="only the board")
    parser.add_argument("--until", default="2022-12", choices=list(scenario.PERIODS))
    parser.add_argument("--folder", help="where everything lies; default: a new one in /tmp")
    parser.add_argument("--keep", action="store_true", help="keep the folder after --once")
    options = parser.parse_args()
    demo = Demo(make_folder(options.folder), options.quiet)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    code = 1
    try:
        demo.run(options.until)
        demo.show()
        if not options.once:
            demo.hints()
            signal.sigwait({signal.SIGINT, signal.SIGTERM})
        code = 0
    except KeyboardInterrupt:
        code = 130
    finally:
        demo.stop()
    if options.once and code == 0 and not options.keep and not options.folder:
        shutil.rmtree(demo.folder, ignore_errors=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
