"""The command ``tomnext``: finds the command's module, and turns an error into a message instead of a traceback."""

import os
import sys
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from tomnext.faces.cli.output import complain
from tomnext.faces.cli.usage import in_our_words

COMMANDS = {
    "brief": "Today on one page: what is tight and why · 今日一頁簡報：什麼吃緊、為什麼",
    "curve": "One metal's LME curve, its carry and how unusual it is · 單一金屬的 LME 曲線、價差與百分位",
    "stocks": "Exchange stocks: warrants, cover, fit for a form · 交易所庫存：倉單、註銷、天數、適用型態",
    "ratio": "One metal in units of another, and how unusual that is · 兩種金屬的比值（金銀比）與百分位",
    "prompts": "LME prompt dates: cash, tom, three months · LME 交割日：現貨、次日、三個月",
    "squeeze": "How likely a squeeze is, why, and the warning's record · 擠倉機率、成因與預警成績",
    "arb": "New York, London, Shanghai: gaps, duty odds · 紐約、倫敦、上海價差與隱含關稅機率",
    "beta": "What a metal follows, and whether that has changed · 金屬跟隨什麼、是否已改變",
    "lead": "Which series move before a price · 哪些序列領先價格",
    "dips": "Volatility ranking; dip buying tested · 波動率排序與逢低買進檢驗",
    "position": "What a position suffers: rolling, lending rules · 部位的展期成本與借貸義務",
    "watch": "Alert rules for cron: exit 1 when one fires · 警示規則，觸發時結束碼 1",
    "concentration": "Who mines and refines a metal, and how much friends hold · 礦產與精煉集中度、友岸占比",
    "duty-batch": "Duty on a whole table of shipments · 整張貨件表的關稅",
    "duty": "What goods pay at the border on a day, and why · 貨品當日關稅與依據",
    "measures": "What applied when to a line of goods · 某貨品歷年適用的措施",
    "carbon": "Carbon: CBAM per tonne by code, origin and day · 碳成本：依貨品碼、原產國與日期計算每公噸 CBAM",
    "landed": "Landed cost: itemised, cited, compared between days · 到廠成本：逐項附法源、兩日比較",
    "fit": "Two-factor model of a futures curve · 期貨曲線的雙因子模型",
    "check-model": "Is the price model any good: its record on a metal · 價格模型在某金屬上的成績",
    "simulate": "Where prices and spreads may go together · 價格與價差的聯合模擬",
    "scenario": "What if: events to price distributions · 事件情境與價格分布",
    "import": "Your own data: a CSV or Excel file through a map · 匯入自有資料：CSV 或 Excel，依對應檔",
    "fetch": "Publishers' figures: CME, CFTC, World Bank … · 機構發布的數字：CME、CFTC、世界銀行等",
    "get": "One series as known on a day · 某序列在某日的已知數值",
    "series": "The catalogue of series and what is held · 序列目錄與現有資料",
    "facts": "Decreed figures: list, look up, explain · 法定與公布的數字：列出、查詢、說明",
    "doctor": "Is everything in order: installation, fonts, your store · 檢查安裝、字型與你的資料庫",
    "plan": "What to hold, buy and hedge, from your company sheet · 依公司表規劃庫存、採購與避險",
    "replay": "What ways of buying would have cost on the real past · 以真實歷史重演採購方式",
    "new-company": "A company sheet to fill in · 產生空白公司表",
}
"""Every command and its one-line help in both languages, in the order a reader needs them: the market, its signals,
what goods cost, models and plans, then the data underneath. Each lives in the module of its name."""


class CommandsOnDemand(TyperGroup):
    """A group that imports a command's module only when that command is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The command names in the order a reader needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name, or nothing."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"tomnext.faces.cli.{cmd_name.replace('-', '_')}")
        one = typer.Typer(add_completion=False)
        one.command(name=cmd_name, help=f"{COMMANDS[cmd_name]}\n\n{module.run.__doc__}")(module.run)
        return typer.main.get_command(one)


app = typer.Typer(
    cls=CommandsOnDemand,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="What is tight, what it really costs, what to hold, what to hedge · 什麼缺、真實成本多少、該持有與避險多少",
)


@app.callback()
def _root() -> None:
    """Keep commands as sub-commands even while there is only one."""


def main() -> None:
    """Run the command line; exit codes: 0 done, 1 a watched condition is met, 2 bad input, 3 nothing to show."""
    try:
        code = app(sys.argv[1:] or ["--help"], standalone_mode=False)
    except Exception as error:
        sys.exit(complain(in_our_words(error, sys.argv[1:], COMMANDS), sys.argv, os.environ))
    sys.exit(code)
