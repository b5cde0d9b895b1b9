"""The work that every peer of `make bench-sync` is given: 1,000 project records of ten Chinese texts, and
one edit. Seeded: the same seed writes the same bytes on every machine. Fields are as a township's
clerk fills them: from a small stock of words, with villages, names, amounts and document numbers that
differ. Ids are UUIDs of version 7, half time and half chance, as a desk makes them.

`workload.py FILE` writes it as {"records": [{"id", "name", …}], "edit": {"id", "field", "from", "to"}}."""

import json
import random
import sys
import uuid

SEED = 410_823
RECORDS = 1_000
FIELDS = ("name", "unit", "desc", "bases", "place", "person", "duty", "goal", "version", "remark")

TOWNS = "木城街道 龙源街道 詹店镇 西陶镇 谢旗营镇 大封镇 乔庙镇 圪垱店镇 嘉应观乡 三阳乡 小董乡 大虹桥乡 北郭乡".split()
FIRST = "何 东 西 南 北 大 小 张 王 李 赵 马 杨 朱 宋 郭 古 新 前 后".split()
SECOND = "营 庄 村 寨 陶 封 岗 洼 桥 庙 堤 湾 堡 屯 坡 店".split()
SURNAMES = "王李张刘陈杨赵黄周吴徐孙马朱胡郭何林高罗郑梁宋谢唐韩冯于董萧"
GIVEN = "建国强军平伟明勇超秀英丽敏静霞芳玲娟艳红文志海永春新玉兰林峰涛斌波辉刚"
KINDS = (
    # work, duty, office, unit of the amount, what is done
    ("村内道路硬化", "农村公路", "村镇办", "公里", "硬化路面"),
    ("机井维修", "农田水利", "水利站", "眼", "维修机井"),
    ("污水管网改造", "人居环境", "村镇办", "米", "铺设管网"),
    ("太阳能路灯", "公共照明", "村镇办", "盏", "安装路灯"),
    ("卫生室修缮", "公共卫生", "社会事务办", "间", "修缮房屋"),
    ("小学操场改造", "义务教育", "社会事务办", "平方米", "改造场地"),
    ("高标准农田", "耕地保护", "农业中心", "亩", "整治农田"),
    ("排水沟清淤", "防汛抗旱", "水利站", "米", "清理沟渠"),
    ("幸福院运转", "养老服务", "民政所", "人", "服务老人"),
    ("农家书屋", "公共文化", "社会事务办", "册", "补充图书"),
    ("垃圾清运", "环境卫生", "村镇办", "吨", "清运垃圾"),
    ("村级光伏维护", "产业帮扶", "乡村振兴办", "千瓦", "维护电站"),
)
BASES = ("豫财农", "焦财预", "武财预", "武财农", "武政办")
REMARKS = ("一次性项目", "上年结转", "分两年实施", "已入库", "待评审", "镇级自筹", "含监理费", "需政府采购")
VERSIONS = ("一上", "一下", "二上", "二下")


def uuid7(chance, at_ms):
    bits = (at_ms << 80) | (7 << 76) | (chance.getrandbits(12) << 64) | (2 << 62) | chance.getrandbits(62)
    return str(uuid.UUID(int=bits))


def record(chance, at_ms):
    town, village = chance.choice(TOWNS), chance.choice(FIRST) + chance.choice(SECOND)
    work, duty, office, measure, done = chance.choice(KINDS)
    amount, year = chance.randint(2, 99), chance.choice((2025, 2026, 2026, 2026))
    person = chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=chance.choice((1, 2, 2))))
    return {
        "id": uuid7(chance, at_ms),
        "name": f"{town}{village}{work}",
        "unit": town + office,
        "desc": f"{done}{amount}{measure}",
        "bases": f"{chance.choice(BASES)}〔{year}〕{chance.randint(1, 240)}号",
        "place": village + chance.choice(("村内", "村东", "村西", "村南", "村北")),
        "person": person,
        "duty": duty,
        "goal": f"受益{chance.randint(4, 300) * 10}人",
        "version": f"{year}{chance.choice(VERSIONS)}",
        "remark": chance.choice(REMARKS),
    }


def workload(seed=SEED):
    chance = random.Random(seed)
    at_ms, records = 1_767_225_600_000, []
    for _ in range(RECORDS):
        at_ms += chance.randint(1, 90_000)
        records.append(record(chance, at_ms))
    edited = records[RECORDS // 2]
    edit = {"id": edited["id"], "field": "remark", "from": edited["remark"], "to": "经镇长办公会研究，改为分三年实施"}
    return {"records": records, "edit": edit}


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        out.write(compact(workload()))
