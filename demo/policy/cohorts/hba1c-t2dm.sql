-- 2 型糖尿病患者的糖化血红蛋白检验；只选取行，统计、脱敏与加噪由 Cordon 完成
-- HbA1c tests of patients with type 2 diabetes. This only chooses rows; Cordon counts, generalises and adds noise
select m.person_id, m.measurement_date, m.value_as_number
from   cdm.measurement m
where  m.measurement_concept_id = 3004410
and    m.measurement_date between :from and :to
and    exists (select 1 from cdm.condition_occurrence c
               where c.person_id = m.person_id
               and   c.condition_concept_id in (201826, 4193704, 443732))
