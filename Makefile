# Cordon. `make` builds, `make demo` shows, `make check` tests; `make help` lists the rest.
#
# make SAN=address,undefined builds the same programs under sanitizers into build/san.

B      := build/$(if $(SAN),san,plain)
BIN    := $(if $(SAN),build/san,build)
PKGS   := libevent libevent_openssl openssl libpq sqlite3 yaml-0.1 jansson cjose libsodium msgpack expat
CFLAGS := -std=c17 -D_GNU_SOURCE -Wall -Wextra -Wshadow -Wconversion -Wvla -Wformat=2 -Wundef \
          -Wcast-qual -Wwrite-strings -Wstrict-prototypes -Wmissing-prototypes $(if $(CI),-Werror) $(if $(SAN),-DCORDON_FAULTS)
HARDEN := -O2 -g -fPIE -fstack-protector-strong -fstack-clash-protection -fcf-protection \
          -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
LDHARD := -pie -Wl,-z,relro,-z,now,-z,noexecstack
ifdef SAN
HARDEN := -O1 -g -fno-omit-frame-pointer -fsanitize=$(SAN) -fno-sanitize-recover=all
LDHARD := -fsanitize=$(SAN)
endif
PKG_CFLAGS = $(shell pkg-config --cflags $(PKGS))
LIBS_BASE    := -lcrypto -lsodium -lsqlite3 -lyaml -lm
LIBS_GATEWAY := -levent_openssl -levent -lmsgpackc -lcjose -ljansson -lexpat -lssl $(LIBS_BASE)
LIBS_AGENT   := -levent_openssl -levent -lmsgpackc -lpq -lssl $(LIBS_BASE)
LIBS_CLI     := -levent_openssl -levent -lmsgpackc -ljansson -lexpat -lpq -lssl $(LIBS_BASE)

# One list per folder: adding a file is a reviewed act.
base_SRC     := error.c text.c utf8.c arena.c bytes.c secret.c log.c clock.c file.c diag.c raw.c node.c shape.c db.c work.c
wire_SRC     := pack.c fields.c message.c offered.c revoked.c tls.c dial.c channel.c
vocabulary_SRC := words.c table.c make.c search.c
crypto_SRC   := rng.c noise.c noise_table.c account.c shared_noise.c interval.c identity.c identity_seen.c identity_issue.c signing.c
secagg_SRC   := quorum.c layout.c membership.c members_file.c members_write.c members_sign.c bits.c shamir.c mask.c keys.c invite.c roster.c steps.c certificate.c round_site.c unmask.c round_gateway.c round_gateway_sum.c transcript.c
paillier_SRC := number.c tp_key.c tp_deal.c tp_seal.c tp_pack.c tp_power.c tp_encrypt.c tp_partial.c tp_known.c tp_values.c tp_invite.c tp_roster.c tp_tally.c tp_site.c tp_holder.c tp_gateway.c tp_transcript.c tp_file.c
secagg_SRC   += distinct.c sealed.c site_secret.c
query_SRC    := words.c scalars.c bounds.c events.c codes.c windows.c attributes.c criterion.c spell.c part.c cohort.c \
                kinds.c question.c canonical.c coded.c answer.c tell_event.c tell.c doubt_pair.c doubt.c similar_part.c similar_tell.c similar.c study.c
convert_SRC  := draft.c spot.c convert.c circe.c circe_sets.c circe_range.c circe_people.c circe_kinds.c circe_event.c circe_group.c circe_out.c circe_out_event.c xml.c i2b2.c i2b2_item.c shrine.c ccdl.c
policies_SRC := embed.c shapes.c model_shape.c words.c systems.c build.c presets.c requires.c columns.c red_list.c codes.c kinds.c queries.c rules.c studies.c \
                read.c model.c model_events.c model_link.c schema.c say.c periods.c reach.c grants.c \
                $(addprefix cohorts/,cohort_child.c cohort_text.c cohort_tree.c cohort_fit.c cohort_side.c cohort_where.c \
                cohort_from.c cohort_sql.c) \
                $(addprefix decide/,labels.c ruling.c checks.c officers.c filters.c coding.c resolve.c events.c attributes.c times.c people.c groups.c computed.c spend.c plan.c decide.c) \
                $(addprefix explain/,tests_read.c tests.c rule_list.c nearest.c explain.c explain_data.c explain_codes.c \
                explain_cohorts.c explain_rules.c) \
                offer/offer.c offer/offer_cohort.c \
                $(addprefix effect/,effect.c effect_people.c effect_columns.c effect_tables.c effect_models.c effect_codes.c effect_rules.c \
                effect_budgets.c) \
                $(addprefix approval/,approval.c approval_check.c approvers.c)
sql_SRC      := write.c text.c rows.c cohort.c cells.c points.c vocabulary.c script.c codes.c events.c windows.c people.c index.c tree.c relations.c holds.c distinct.c
catalog_SRC  := snapshot.c drift.c types.c role.c rights.c
agents_SRC   := config.c catalogue.c drift_watch.c facts.c facts_write.c source.c source_rows.c cancel.c ledger.c audit.c releases.c questions.c earlier.c standing.c state.c guard.c pace.c allowance.c reply.c protect.c take_up.c watch_say.c watch.c release.c release_leave.c release_life.c release_receive.c release_decide.c release_acts.c release_sum.c release_distinct.c release_paillier.c members.c paillier.c holder.c release_line.c release_keep.c vocabulary.c quote.c session.c balance.c status.c control.c
answer_SRC   := sense.c record.c audit.c combine.c sum.c sum_distinct.c answer.c answer_words.c answer_cells.c answer_numbers.c answer_privacy.c answer_similar.c answer_statistics.c answer_sum.c answer_tables.c $(addprefix statistics/,spread.c mean.c quantile.c survival.c crosstab.c)
gateway_SRC  := config.c people.c listen.c sessions.c sessions_hello.c proof.c round.c round_leg.c round_hear.c round_commit.c round_sum.c round_sum_offer.c round_beside.c round_masked.c round_paillier.c round_paillier_jobs.c sums.c quote.c replies.c body.c ask.c told.c proposal.c proposal_entry.c study_known.c ids.c shares.c \
                web_line.c problem.c api_common.c http_check.c http.c api.c api_questions.c api_asking.c api_people.c api_cohorts.c api_studies.c api_catalogue.c api_record.c api_portal.c openapi.c \
                portal.c events.c catalogue.c catalogue_seen.c catalogue_write.c catalogue_ld.c coverage.c gateway.c \
                web_url.c jwt.c fetch.c oidc.c oidc_fetch.c flow.c guess.c admit.c sign_in.c sign_in_trip.c \
                $(addprefix store/,store.c audit.c people.c kept.c studies.c shown.c offers.c)
cli_SRC      := settings.c plain.c field.c csv.c stream.c client.c table.c mark.c wrap.c doc.c doc_text.c doc_html.c show.c show_words.c show_counts.c show_kinds.c show_crosstab.c show_curve.c show_remarks.c show_similar.c show_privacy.c show_explain.c show_csv.c show_lists.c \
                request.c gate.c ask.c studies.c audit.c audit_differ.c cohort.c cohort_read.c cohort_convert.c ca.c ca_manifest.c ca_manifest_show.c ca_manifest_sign.c ca_paillier.c ca_seal.c site.c agent_line.c status.c status_site.c status_lists.c running.c past.c database.c \
                policy.c policy_desk.c policy_question.c policy_check.c policy_db.c policy_init.c policy_test.c policy_explain.c \
                policy_decision.c policy_try.c policy_script.c policy_model.c policy_known.c policy_verdict.c policy_diff.c policy_before.c policy_review.c policy_similar.c policy_schema.c \
                policy_show.c policy_tables.c policy_limits.c policy_sheet.c policy_catalogue.c policy_prices.c \
                policy_sign.c policy_sign_say.c policy_key.c policy_stop.c
cli_SRC      += catalogue.c vocabulary.c

# make V=1 shows whole commands; make -s nothing but errors.
Q   := $(if $(V),,@)
say  = $(if $(V)$(findstring s,$(filter-out --%,$(firstword $(MAKEFLAGS)))),,@printf '  %-3s %s\n' $(1) $(2))
FOLDERS := base wire vocabulary crypto secagg paillier query answer convert policies sql catalog agents gateway cli
PROGRAMS := $(BIN)/cordon-gateway $(BIN)/cordon-agent $(BIN)/cordon
# Started by agent and cordon, not by people: PostgreSQL's parser in a process of its own (policies/cohorts/sqlcheck.c).
SQLCHECK := $(BIN)/cordon-sqlcheck

.PHONY: all demo check audit circe mutants units ct fuzzers bench fuzz pictures format install clean help
all: $(PROGRAMS) $(SQLCHECK)

obj = $(patsubst %.c,$(B)/$(1)/%.o,$($(1)_SRC))
define folder
$(B)/$(1).a: $(call obj,$(1)) Makefile
endef
$(foreach f,$(FOLDERS),$(eval $(call folder,$(f))))

$(B)/%.a:
	@mkdir -p $(@D)
	@rm -f $@
	$(Q)$(AR) rcs $@ $(filter %.o,$^)
$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS) $(PKG_CFLAGS) $(HARDEN) -I. -MMD -MP -c -o $@ $<
# Shipped presets and models are part of the programs; embed.c names the files.
$(B)/policies/embed.o: $(wildcard policies/models/*.yaml policies/presets/*.yaml)

# The portal's pages, bundled once for both builds; gateway/portal.c embeds them.
PORTAL := build/portal/gateway/portal_files.h
portal/node_modules: portal/package-lock.json portal/package.json portal/.npmrc
	@command -v npm >/dev/null || { echo "npm is missing: install Debian's nodejs and npm, or run 'make demo', which does" >&2; exit 1; }
	$(call say,NPM,$@)
	$(Q)cd portal && npm ci --silent && touch node_modules
$(PORTAL): portal/build.mjs $(wildcard portal/src/* portal/src/*/*) | portal/node_modules
	$(call say,JS,build/portal)
	$(Q)node portal/build.mjs build/portal
$(B)/gateway/portal.o: $(PORTAL)
$(B)/gateway/openapi.o: gateway/openapi.json
$(B)/gateway/portal.o: CFLAGS += -Ibuild/portal

link = $(Q)mkdir -p $(@D) && $(CC) $(HARDEN) $(LDHARD) -o $@ $(filter %.o %.a,$^)
$(BIN)/cordon-gateway: $(B)/gateway/main.o $(B)/gateway.a $(B)/answer.a $(B)/convert.a $(B)/query.a $(B)/paillier.a $(B)/secagg.a $(B)/crypto.a $(B)/wire.a $(B)/vocabulary.a $(B)/base.a
	$(link) $(LIBS_GATEWAY)
$(BIN)/cordon-agent: $(B)/agents/main.o $(B)/agents.a $(B)/catalog.a $(B)/sql.a $(B)/policies.a $(B)/query.a $(B)/paillier.a $(B)/secagg.a $(B)/crypto.a $(B)/wire.a $(B)/base.a
	$(link) $(LIBS_AGENT)
$(BIN)/cordon: $(B)/cli/main.o $(B)/cli.a $(B)/catalog.a $(B)/sql.a $(B)/policies.a $(B)/convert.a $(B)/answer.a $(B)/query.a $(B)/paillier.a $(B)/secagg.a $(B)/crypto.a $(B)/wire.a $(B)/vocabulary.a $(B)/base.a
	$(link) $(LIBS_CLI)

# Alone with libpg_query, whose names clash with libpq's, and without a sanitizer, which wants more address space
# than the process is given.
PLAIN := -O2 -g -fPIE -fstack-protector-strong -fstack-clash-protection -fcf-protection -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
$(SQLCHECK): policies/cohorts/sqlcheck.c base/limits.h
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS) $(PLAIN) -I. -pie -Wl,-z,relro,-z,now,-z,noexecstack -o $@ $< -Wl,-Bstatic -lpg_query -Wl,-Bdynamic
# It is looked for beside the running program, so every folder of programs has it.
$(B)/%/cordon-sqlcheck: $(SQLCHECK)
	@mkdir -p $(@D)
	$(Q)cp $< $@

# Unit tests: a program per file of tests/unit, each linked with every folder.
UNIT_SRC := $(wildcard tests/unit/test_*.c)
UNITS    := $(patsubst %.c,$(B)/%,$(UNIT_SRC))
ALL_A    := $(B)/agents.a $(B)/gateway.a $(B)/cli.a $(B)/catalog.a $(B)/sql.a $(B)/policies.a $(B)/convert.a $(B)/answer.a $(B)/query.a $(B)/paillier.a $(B)/secagg.a $(B)/crypto.a $(B)/wire.a $(B)/vocabulary.a $(B)/base.a
$(B)/tests/unit/test_%: $(B)/tests/unit/test_%.o $(ALL_A) | $(B)/tests/unit/cordon-sqlcheck
	$(link) -lcheck_pic -lsubunit -lm -lrt -lpthread -lgmp -levent_openssl -levent -lmsgpackc -lcjose -ljansson -lexpat -lpq -lssl $(LIBS_BASE)
.SECONDARY:

# ---- people ----
# Shows the main job: three hospitals, one question, one protected answer. ASK=FILE JSON=1 SITES=5 PATIENTS=n OMOP=folder
demo:
	@demo/install.sh
	@$(MAKE) -s -j2 all
	@demo/run.sh

# Everything that must hold, once as shipped and once under sanitizers.
check:
	@demo/install.sh tests
	@HEADERS=1 tests/layers.sh
	@$(MAKE) -s -j2 CI=1 all units fuzzers
	@echo "== plain"; tests/run.sh build $(CURDIR)/build/plain/tests/unit $(ONLY)
	@$(MAKE) -s -j2 CI=1 SAN=address,undefined all units fuzzers
	@echo "== under AddressSanitizer and UndefinedBehaviorSanitizer"; \
		ASAN_OPTIONS=detect_leaks=1 tests/run.sh build/san $(CURDIR)/build/san/tests/unit $(ONLY)
# Secrets marked undefined under valgrind: no branch and no index may depend on one (tests/scenario/constant-time.sh).
CTS := $(patsubst tests/ct/%.c,$(B)/tests/ct/%,$(wildcard tests/ct/*.c))
$(B)/tests/ct/%: $(B)/tests/ct/%.o $(B)/paillier.a $(B)/secagg.a $(B)/crypto.a $(B)/base.a
	$(link) $(LIBS_BASE)
# Programs that scenarios need and nobody else.
TOOLS := $(patsubst tests/tools/%.c,$(B)/tests/tools/%,$(wildcard tests/tools/*.c))
$(B)/tests/tools/%: $(B)/tests/tools/%.o $(B)/paillier.a $(B)/secagg.a $(B)/crypto.a $(B)/base.a
	$(link) $(LIBS_BASE)
units: $(UNITS) $(CTS) $(TOOLS)

# Cohort definitions against OHDSI's own counts, all of them: minutes. CIRCE_DATA=folder CIRCE_ONLY=site,...
circe:
	@demo/install.sh tests
	@$(MAKE) -s -j2 all
	@env BIN=build CIRCE_ALL=1 tests/scenario/circe.sh

# The dealer's ceremony of threshold Paillier at its real size: a minute.
ceremony:
	@$(MAKE) -s -j2 all
	@env BIN=build CEREMONY=1 tests/scenario/manifest.sh

# Planted mistakes, each of which a test must see: minutes. MUTANT=word: those with it in name, file or test
mutants:
	@demo/install.sh tests
	@$(MAKE) -s -j2 all $(addprefix build/plain/tests/unit/,$(sort $(shell sed -n 's/^test: //p' tests/mutants.txt)))
	@tests/mutants.sh build/plain/tests/unit $(MUTANT)

# What docs/privacy.md promises, at length, with a report in build/audit.md: about an hour. See tests/audit/README.md
audit:
	@demo/install.sh tests
	@$(MAKE) -s -j2 all build/plain/tests/unit/test_audit build/plain/tests/unit/test_audit_sum build/plain/tests/unit/test_crash build/plain/tests/audit/disk.so
	@tests/audit/audit.sh
$(B)/tests/audit/disk.so: tests/audit/disk.c tests/audit/disk.h
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -O2 -fPIC -shared -I. -o $@ $<

# The pictures of docs/researcher-guide.md, made anew by the test that walks it; smaller where there is pngquant.
pictures:
	@demo/install.sh tests
	@$(MAKE) -s -j2 all
	@env BIN=build PORTAL_PICTURES=docs/pictures tests/scenario/researcher.sh
	@! command -v pngquant >/dev/null || pngquant --force --skip-if-larger --ext .png --quality 60-95 docs/pictures/guide-*.png || [ $$? -ge 98 ]

# Ratios, measured side by side in one run; see bench/README.md. PATIENTS=n ROUNDS=n SKIP=sites
BENCHES := $(patsubst bench/%.c,$(B)/bench/%,$(wildcard bench/*.c))
$(B)/bench/%: $(B)/bench/%.o $(ALL_A) | $(B)/bench/cordon-sqlcheck
	$(link) -lm -lgmp -levent_openssl -levent -lmsgpackc -lcjose -ljansson -lexpat -lpq -lssl $(LIBS_BASE)
bench:
	@demo/install.sh tests
	@$(MAKE) -s -j2 all $(BENCHES)
	@bench/run.sh

# Fuzz targets with the built-in driver; RUNS mutations of each seed input (make check runs them in short form).
FUZZERS := $(patsubst tests/fuzz/fuzz_%.c,$(B)/tests/fuzz/fuzz_%,$(wildcard tests/fuzz/fuzz_*.c))
$(B)/tests/fuzz/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(B)/tests/fuzz/driver.o $(ALL_A) | $(B)/tests/fuzz/cordon-sqlcheck
	$(link) -lm -lgmp -levent_openssl -levent -lmsgpackc -lcjose -ljansson -lexpat -lpq -lssl $(LIBS_BASE)
# With PostgreSQL's parser, whose names clash with libpq's: it talks to no database.
$(addprefix $(B)/tests/fuzz/fuzz_,compile circe i2b2 ccdl): $(B)/tests/fuzz/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(B)/tests/fuzz/driver.o $(ALL_A) | $(B)/tests/fuzz/cordon-sqlcheck
	$(link) -ljansson -lexpat -Wl,-Bstatic -lpg_query -Wl,-Bdynamic $(LIBS_BASE)
fuzzers: $(FUZZERS)
ct: $(CTS)
	@tests/scenario/constant-time.sh
fuzz:
	@$(MAKE) -s -j2 SAN=address,undefined fuzzers
	@for f in build/san/tests/fuzz/fuzz_*[!.od]; do echo "$$f"; $$f -n $(or $(RUNS),2000000) || exit 1; done

install: all
	install -d $(DESTDIR)$(or $(PREFIX),/usr/local)/bin
	install -s $(PROGRAMS) $(DESTDIR)$(or $(PREFIX),/usr/local)/bin
	install -D -s $(SQLCHECK) $(DESTDIR)$(or $(PREFIX),/usr/local)/libexec/cordon/cordon-sqlcheck
	@for page in docs/man/*.[18] docs/man/zh_CN/*.[18]; do \
		lang=$$(dirname $${page#docs/man/}); \
		install -D -m 644 $$page $(DESTDIR)$(or $(PREFIX),/usr/local)/share/man/$$lang/man$${page##*.}/$${page##*/} || exit 1; \
	done

format:
	clang-format -i $(wildcard */*.[ch] answer/*/*.[ch] gateway/*/*.[ch] policies/*/*.[ch] tests/*/*.[ch])

help:
	@echo "make            build/cordon-gateway build/cordon-agent build/cordon"
	@echo "make demo       three hospitals, one question, one protected answer"
	@echo "make check      every test, plain and under sanitizers (ONLY=word: those with it in the name)"
	@echo "make mutants    planted mistakes, each seen by a test (MUTANT=word)"
	@echo "make audit      neighbours, times, crashes at length, with a report (AUDIT=part)"
	@echo "make circe      cohort definitions against OHDSI's own counts"
	@echo "make ceremony   a key of threshold Paillier, dealt, signed and checked"
	@echo "make bench      ratios against psql, raw random numbers and plain sums"
	@echo "make pictures   the researcher's guide's pictures, by walking it"
	@echo "make fuzz       hostile input at length (RUNS=n)"
	@echo "make install    into DESTDIR, PREFIX (default /usr/local)"

-include $(shell find $(B) -name '*.d' 2>/dev/null)
clean:
	rm -rf build
