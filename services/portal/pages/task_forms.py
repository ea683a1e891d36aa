"""The forms with which people say what they did with a task, of the district's plan or of a unit's own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.plans.views import TaskView, UnitPlanTaskView
from services.portal.backend import Dated
from services.portal.format import day
from services.portal.labels import word
from services.portal.pages.forms import EMPTY, Action, Facts, Input, Invalid, Values

REASON_FIELDS = {"task.reason_missing": "reason", "text.too_long": "reason"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskForm:
    """One task, at the address of its page, today: what every form about it shows.

    `named` is shown before the task, `first` are fields before those of the form: the unit, where there is a choice.
    """

    path: str
    today: date
    task: TaskView | UnitPlanTaskView
    named: Facts = ()
    first: Sequence[Input] = ()

    def action(
        self,
        verb: str,
        *,
        title: str,
        submit: str,
        done: str,
        build: Callable[[Values], Dated],
        inputs: Sequence[Input] = (),
        fields: Mapping[str, str] = EMPTY,
        facts: Facts = (),
        text: str = "",
        confirm: str = "",
        files_to: str = "",
    ) -> Action:
        """Return the form at the verb's address; `facts` are shown after those of the task."""
        task = self.task
        return Action(
            title=title,
            submit=submit,
            path=f"{self.path}/{verb}",
            back_href=self.path,
            facts=(
                *self.named,
                ("Nhiệm vụ", f"{task.number}. {task.content}"),
                ("Hạn", f"{day(task.due_on)} ({word('due_rule', task.due_rule)})"),
                *facts,
            ),
            inputs=(*self.first, *inputs),
            text=text,
            confirm=confirm,
            build=build,
            done=done,
            expected_seq=task.seq,
            files_to=files_to,
            fields=fields,
        )

    def report(self, told: Callable[[Values], Dated], files: Input) -> Action:
        """Return the form of progress; `told` makes the command of `percent`, `text` and `attachments`, the `files`."""

        def build(values: Values) -> Dated:
            if values["percent"] > 100:
                raise Invalid({"percent": "Tiến độ (%): từ 0 đến 100."})
            return told(values)

        return self.action(
            "bao-cao",
            title="Báo cáo tiến độ",
            submit="Gửi báo cáo",
            inputs=(
                Input(name="percent", label="Tiến độ (%)", kind="number", hint="Từ 0 đến 100."),
                Input(name="text", label="Nội dung đã làm", kind="textarea"),
                files,
            ),
            build=build,
            done="Đã ghi nhận báo cáo tiến độ.",
            files_to="plans",
            fields={
                "attachment.not_uploaded": "attachments",
                "task.report_missing": "text",
                "text.too_long": "text",
                "task.percent_out_of_range": "percent",
            },
        )

    def completion(self, told: Callable[[Values], Dated], files: Input, *, done: str) -> Action:
        """Return the form of a task done; the command says `completed_on`, `evidence`, `note` and `attachments`."""
        return self.action(
            "hoan-thanh",
            title="Báo cáo hoàn thành",
            submit="Gửi báo cáo hoàn thành",
            inputs=(
                Input(name="completed_on", label="Ngày hoàn thành", kind="date", value=day(self.today)),
                Input(
                    name="evidence",
                    label="Minh chứng",
                    hint="Số, ký hiệu văn bản hoặc tên tài liệu. Ví dụ: 45/BC-UBND ngày 20/03/2020",
                ),
                files,
                Input(name="note", label="Ghi chú", kind="textarea", is_required=False, rows=3),
            ),
            build=told,
            done=done,
            files_to="plans",
            fields={
                "task.completed_in_future": "completed_on",
                "task.completed_before_issue": "completed_on",
                "task.evidence_missing": "evidence",
                "attachment.not_uploaded": "attachments",
                "text.too_long": "evidence",
            },
        )

    def reopening(self, told: Callable[[Values], Dated], *, confirm: str) -> Action:
        """Return the form that opens the task again, for a `reason`."""
        return self.action(
            "mo-lai",
            title="Mở lại nhiệm vụ",
            submit="Mở lại",
            inputs=(Input(name="reason", label="Lý do mở lại", kind="textarea"),),
            confirm=confirm,
            build=told,
            done="Đã mở lại nhiệm vụ.",
            fields=REASON_FIELDS,
        )

    def cancelling(self, told: Callable[[Values], Dated], *, confirm: str) -> Action:
        """Return the form that takes the task out, for a `reason`."""
        return self.action(
            "huy",
            title="Huỷ nhiệm vụ",
            submit="Huỷ nhiệm vụ",
            inputs=(Input(name="reason", label="Lý do huỷ", kind="textarea", hint="Nêu văn bản căn cứ, nếu có."),),
            confirm=confirm,
            build=told,
            done="Đã huỷ nhiệm vụ.",
            fields=REASON_FIELDS,
        )
