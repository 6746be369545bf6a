// duo.ts - purposes a study may name: the Data Use Ontology (DUO), and Article 53(1) of Regulation (EU) 2025/327 (EHDS).
import type { Say } from "./api";
import { say } from "./language";

export const purposes: Record<string, Say> = {
	"DUO:0000042": say("general research use", "一般性研究"),
	"DUO:0000006": say("health, medical or biomedical research", "健康、医学或生物医学研究"),
	"DUO:0000007": say("research on one disease", "特定疾病研究"),
	"DUO:0000011": say("population origins or ancestry research only", "仅限人群起源或祖源研究"),
	"DUO:0000018": say("not for profit, non-commercial use only", "仅限非营利、非商业用途"),
	"DUO:0000021": say("ethics approval required", "须经伦理审批"),
	"EHDS-53:a": say("public interest in public or occupational health", "公共卫生或职业健康领域的公共利益"),
	"EHDS-53:b": say("policy making and regulatory activities", "政策制定与监管活动"),
	"EHDS-53:c": say("official statistics", "官方统计"),
	"EHDS-53:d": say("education or teaching in health", "卫生领域的教育或教学"),
	"EHDS-53:e": say("scientific research in health", "卫生领域的科学研究"),
	"EHDS-53:f": say("improving the delivery of care", "改进诊疗服务"),
};
