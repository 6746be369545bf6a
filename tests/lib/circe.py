#!/usr/bin/env python3
"""circe.py - OHDSI cohort definitions against their true numbers of people.

  circe.py policy DIR DEFINITIONS...        writes a policy folder that lets them all be asked
  circe.py scripts CORDON DIR OUT FILE      converts FILE's definitions, decides, writes OUT/ID.sql for psql
  circe.py cases CORDON DIR OUT FILE        the same for cases that bring their database as rows
  circe.py compare OUT FILE COLUMN RESULTS  compares psql's output with the counts; prints a table

A definition file is JSON lines {id, expression, ...}, gzip or not. Counts are `persons` of the line, or a
column of a CSV beside it.
"""
import concurrent.futures, csv, gzip, json, os, re, subprocess, sys

STUDY, WHO, DAY = 'CIRCE-2026', 'tester@circe.example', '2026-03-02'
KEY = {'use': 'patient-key'}


def lines(path):
    opener = gzip.open if path.endswith('.gz') else open
    with opener(path, 'rt', encoding='utf-8') as f:
        for line in f:
            if line.strip():
                yield json.loads(line)


# table -> (kind of use -> columns); C concepts, D days, L links, N numbers with cuts
TABLES = {
    'observation_period': {'D': 'observation_period_start_date observation_period_end_date',
                           'C': 'period_type_concept_id', 'L': 'observation_period_id'},
    'visit_occurrence': {'C': 'visit_concept_id visit_type_concept_id visit_source_concept_id',
                         'D': 'visit_start_date visit_end_date', 'L': 'visit_occurrence_id provider_id'},
    'visit_detail': {'C': 'visit_detail_concept_id visit_detail_type_concept_id visit_detail_source_concept_id',
                     'D': 'visit_detail_start_date visit_detail_end_date',
                     'L': 'visit_detail_id visit_occurrence_id provider_id'},
    'condition_occurrence': {'C': 'condition_concept_id condition_type_concept_id condition_source_concept_id '
                                  'condition_status_concept_id',
                             'D': 'condition_start_date condition_end_date',
                             'L': 'condition_occurrence_id visit_occurrence_id provider_id'},
    'drug_exposure': {'C': 'drug_concept_id drug_type_concept_id drug_source_concept_id route_concept_id',
                      'D': 'drug_exposure_start_date drug_exposure_end_date', 'N': 'days_supply quantity refills',
                      'L': 'drug_exposure_id visit_occurrence_id provider_id'},
    'procedure_occurrence': {'C': 'procedure_concept_id procedure_type_concept_id procedure_source_concept_id '
                                  'modifier_concept_id',
                             'D': 'procedure_date', 'N': 'quantity',
                             'L': 'procedure_occurrence_id visit_occurrence_id provider_id'},
    'measurement': {'C': 'measurement_concept_id measurement_type_concept_id measurement_source_concept_id '
                         'unit_concept_id value_as_concept_id operator_concept_id',
                    'D': 'measurement_date', 'N': 'value_as_number range_low range_high',
                    'L': 'measurement_id visit_occurrence_id provider_id'},
    'observation': {'C': 'observation_concept_id observation_type_concept_id observation_source_concept_id '
                         'unit_concept_id value_as_concept_id qualifier_concept_id',
                    'D': 'observation_date', 'N': 'value_as_number',
                    'L': 'observation_id visit_occurrence_id provider_id'},
    'death': {'C': 'cause_concept_id death_type_concept_id cause_source_concept_id', 'D': 'death_date'},
    'device_exposure': {'C': 'device_concept_id device_type_concept_id device_source_concept_id',
                        'D': 'device_exposure_start_date device_exposure_end_date', 'N': 'quantity',
                        'L': 'device_exposure_id visit_occurrence_id provider_id'},
    'specimen': {'C': 'specimen_concept_id specimen_type_concept_id unit_concept_id disease_status_concept_id '
                      'anatomic_site_concept_id', 'D': 'specimen_date', 'N': 'quantity', 'L': 'specimen_id'},
    'condition_era': {'C': 'condition_concept_id', 'D': 'condition_era_start_date condition_era_end_date',
                      'N': 'condition_occurrence_count', 'L': 'condition_era_id'},
    'drug_era': {'C': 'drug_concept_id', 'D': 'drug_era_start_date drug_era_end_date',
                 'N': 'drug_exposure_count gap_days', 'L': 'drug_era_id'},
    'dose_era': {'C': 'drug_concept_id unit_concept_id', 'D': 'dose_era_start_date dose_era_end_date',
                 'N': 'dose_value', 'L': 'dose_era_id'},
}
LOOKUPS = {'concept': 'concept_id vocabulary_id concept_code', 'concept_ancestor': 'ancestor_concept_id descendant_concept_id',
           'concept_relationship': 'concept_id_1 concept_id_2 relationship_id invalid_reason',
           'provider': 'provider_id specialty_concept_id'}
NUMBERS = ('ValueAsNumber', 'RangeLow', 'RangeHigh', 'RangeLowRatio', 'RangeHighRatio', 'Refills', 'Quantity',
           'DaysSupply', 'OccurrenceCount', 'DoseValue')


def cut_points(node, cuts, key=None):
    if isinstance(node, dict):
        if key in NUMBERS:
            cuts.update(round(float(node[k]), 4) for k in ('Value', 'Extent') if isinstance(node.get(k), (int, float)))
        for k, v in node.items():
            cut_points(v, cuts, k)
    elif isinstance(node, list):
        for v in node:
            cut_points(v, cuts, key)


def write_policy(folder, files):
    cuts, codes = {1.0, 2.0}, {'gender': {8507, 8532}, 'race': set(), 'ethnicity': set()}
    for path in files:
        for d in lines(path):
            cut_points(d['expression'], cuts)
            text = json.dumps(d['expression'])
            for word, found in (('Gender', 'gender'), ('Race', 'race'), ('Ethnicity', 'ethnicity')):
                for part in re.findall(r'"%s": (\[[^\]]*\])' % word, text):
                    codes[found].update(c['CONCEPT_ID'] for c in json.loads(part))
    number = {'use': 'filter', 'cuts': [int(c) if c == int(c) else c for c in sorted(cuts)], 'category': 'health.lab'}
    days = {'use': 'filter', 'truncate': 'day', 'range': '1900-01-01..2099-12-31', 'category': 'quasi.date'}
    tables, may_use = {}, []
    people = {'person_id': KEY,
              'year_of_birth': {'use': 'group', 'as': 'age', 'bands': list(range(0, 130)), 'category': 'quasi.age'}}
    may_use.append('cdm.person.year_of_birth')
    for word, found in codes.items():
        column = word + '_concept_id'
        people[column] = {'use': 'group', 'categories': {'c%d' % c: [c] for c in sorted(found or {1})},
                          'category': 'quasi.sex' if word == 'gender' else 'quasi.ethnicity'}
        may_use.append('cdm.person.' + column)
    tables['cdm.person'] = {'per_patient_max': 1, 'columns': people}
    for table, uses in TABLES.items():
        columns = {'person_id': KEY}
        for use, names in uses.items():
            for name in names.split():
                columns[name] = {'C': {'use': 'filter', 'codes': 'omop', 'category': 'health.diagnosis'}, 'D': days, 'N': number,
                                 'L': {'use': 'link'}}[use]
                if use != 'L':
                    may_use.append('cdm.%s.%s' % (table, name))
        tables['cdm.' + table] = {'per_patient_max': 100000, 'columns': columns}
    for table, names in LOOKUPS.items():
        columns = {name: {'use': 'link'} for name in names.split()}
        if table == 'provider':
            columns['specialty_concept_id'] = {'use': 'filter', 'codes': 'omop', 'category': 'tech.code'}
            may_use.append('cdm.provider.specialty_concept_id')
        tables['cdm.' + table] = {'kind': 'lookup', 'columns': columns}
    say = {'zh': '检验', 'en': 'test'}
    put = lambda name, value: json.dump(value, open(os.path.join(folder, name), 'w'), ensure_ascii=False, indent=1)
    os.makedirs(folder, exist_ok=True)
    put('policy.yaml', {'cordon': 1, 'site': 'circe', 'title': say, 'version': 1, 'valid': '2026-01-01..2027-12-31',
                        'country': 'US', 'extends': ['presets/omop-cdm-5.4'], 'models': {'omop': 'omop-cdm-5.4'}})
    put('red-list.yaml', {'datasets': {'omop': {'title': say, 'level': 1, 'tables': tables}}})
    put('queries.yaml', {'kinds': {'count': {'group_by': 0, 'filters': 0, 'max_cells': 10}},
                         'compose': {'criteria': 500, 'depth': 10, 'kinds': ['count'], 'window_step': '1 day'}})
    put('release.yaml', {'release': {'noise': 'gaussian', 'rho': 0.01, 'min_patients': 1, 'min_sites': 1, 'round_to': 1,
                                      'timing': 'open', 'secure_aggregation': 'off'},
                         'budgets': [{'for': 'study:' + STUDY, 'rho': 100, 'period': '2026-01-01..2027-12-31'}]})
    put('studies.yaml', {'roles': {'analyst': ['count']},
                         'studies': [{'id': STUDY, 'title': say, 'purpose': ['DUO:0000007'],
                                      'approvals': {'ethics': 'test', 'committee': 'test'},
                                      'valid': '2026-01-01..2027-12-31', 'datasets': ['omop'], 'kinds': ['count'],
                                      'may_use': may_use, 'requesters': {WHO: 'analyst'}}]})
    put('tests.yaml', {'tests': []})


def run(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def one(cordon, folder, out, ident, expression):
    source = os.path.join(out, ident + '.json')
    question = os.path.join(out, ident + '.yaml')
    with open(source, 'w') as f:
        json.dump(expression, f)
    done = run(cordon, 'cohort', 'convert', '--lang', 'en', '--question', STUDY + ',omop', source)
    if done.returncode != 0:
        return ident, 'convert: ' + '; '.join(l for l in done.stderr.splitlines() if ' error ' in l)[:300]
    with open(question, 'w') as f:
        f.write(done.stdout)
    done = run(cordon, 'policy', 'try', folder, '--who', WHO, '--file', question, '--on', DAY, '--show-sql=psql', '--lang', 'en')
    if done.returncode != 0:
        return ident, 'decide: ' + ' '.join(done.stderr.split()).split(' DENY ', 1)[-1][:300]
    with open(os.path.join(out, ident + '.sql'), 'w') as f:
        # one script that fails must not end the others: it is found by its missing end
        f.write(done.stdout.replace('\\set ON_ERROR_STOP on\n', ''))
    return ident, ''


def write_scripts(cordon, folder, out, path):
    every = 1 if os.environ.get('CIRCE_ALL') else 10
    os.makedirs(out, exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(one, cordon, folder, out, str(d['id']), d['expression'])
                for n, d in enumerate(lines(path)) if n % every == 0]
        refused = dict(j.result() for j in jobs)
    with open(os.path.join(out, 'refused.json'), 'w') as f:
        json.dump(refused, f)
    with open(os.path.join(out, 'all.sql'), 'w') as f:
        for ident, why in refused.items():
            if not why:
                f.write("\\echo @%s\n\\i '%s.sql'\n\\echo =\n" % (ident, os.path.join(os.path.abspath(out), ident)))


def write_cases(cordon, folder, out, path):
    """Each case brings its whole database as rows."""
    os.makedirs(out, exist_ok=True)
    refused, tables = {}, ['person'] + list(TABLES) + [t for t in LOOKUPS]
    with open(os.path.join(out, 'all.sql'), 'w') as f:
        for d in lines(path):
            ident, refused[d['case']] = one(cordon, folder, out, d['case'], d['expression'])
            if refused[ident]:
                continue
            f.write('truncate %s;\n' % ', '.join('cdm.' + t for t in tables))
            for table, rows in d['cdm'].items():
                if table not in tables:
                    continue # no event of ours
                f.write("insert into cdm.%s select * from json_populate_recordset(null::cdm.%s, '%s');\n"
                        % (table, table, json.dumps(rows).replace("'", "''")))
            f.write("\\echo @%s\n\\i '%s.sql'\n\\echo =\n" % (ident, os.path.join(os.path.abspath(out), ident)))
    with open(os.path.join(out, 'refused.json'), 'w') as f:
        json.dump(refused, f)


def counts_of(path, column):
    if column == 'expected_cohort':
        return {d['case']: len({r[0] for r in d[column]}) for d in lines(path)}
    if column.endswith('.csv') or ':' in column:
        table, column = column.rsplit(':', 1)
        with open(table, newline='', encoding='utf-8') as f:
            return {r['cohort_id']: int(r[column]) for r in csv.DictReader(f)}
    return {str(d['id']): d[column] for d in lines(path)}


def compare(out, path, column, results, title):
    refused, want, got, ident = json.load(open(os.path.join(out, 'refused.json'))), counts_of(path, column), {}, None
    wrong = set(re.findall(r"/([^/]+)\.sql:\d+: ERROR", open(os.path.join(out, 'errors'), errors='replace').read()))
    for line in open(results, errors='replace'):
        line = line.strip()
        if line.startswith('@'):
            ident = line[1:]
        elif line == '=' and ident not in wrong:
            got.setdefault(ident, 0) # nobody: no cell
        elif re.fullmatch(r'(.*\|)?-?\d+', line) and ident:
            got[ident] = int(line.rsplit('|', 1)[-1])
    equal = different = failed = zero = 0
    for i, why in refused.items():
        if why:
            continue
        if i not in got:
            failed += 1
            print('  no answer  %s' % i)
        elif got[i] == want[i]:
            equal += 1
            zero += want[i] == 0
        else:
            different += 1
            print('  different  %s: %d people, Circe %d' % (i, got[i], want[i]))
    for i, why in refused.items():
        if why:
            print('  refused    %s: %s' % (i, why))
    print('%-28s %4d definitions, %4d equal (%d of them more than nobody), %d different, %d without an answer, %d refused'
          % (title, len(refused), equal, equal - zero, different, failed, sum(map(bool, refused.values()))))
    return different + failed == 0


if __name__ == '__main__':
    command, args = sys.argv[1], sys.argv[2:]
    if command == 'policy':
        write_policy(args[0], args[1:])
    elif command == 'scripts':
        write_scripts(*args[:4])
    elif command == 'cases':
        write_cases(*args[:4])
    elif command == 'compare':
        sys.exit(0 if compare(*args) else 1)
