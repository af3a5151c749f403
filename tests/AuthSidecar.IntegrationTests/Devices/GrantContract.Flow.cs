using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using System.Text;
using AuthSidecar.Access.Identities;
using AuthSidecar.Administration.Devices;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.IntegrationTests.Storage;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.IntegrationTests.Devices;

public abstract partial class GrantContract
{
    private static Approver External(string subject = "eve", string? email = null) =>
        new()
        {
            External = new("https://id.example", subject),
            ProofId = Guid.NewGuid().ToString(),
            Email = email,
            Address = "192.0.2.7",
        };

    /// <summary>PostgreSQL refuses text with half of a surrogate pair.</summary>
    [RequiresStoreFact]
    public async Task Agent_IsShortenedBetweenLetters()
    {
        var agent = $"{new string('a', 255)}\U0001F600";
        var started = await First.StartAsync(Wanted() with { Agent = agent });

        Assert.Null(started.Refusal);
        Assert.Equal(new string('a', 255), (await Second.FindAsync(started.Value.UserCode))?.Agent);
    }

    [RequiresStoreFact]
    public async Task BegunApprovedAndCollectedOnThreeReplicas_IsOneToken()
    {
        var grant = await StartAsync();
        Assert.Equal((900, 5), (grant.Lifetime.TotalSeconds, grant.Interval.TotalSeconds));
        Assert.Equal(CollectedKind.Pending, (await Third.CollectAsync(grant.DeviceCode)).Kind);

        var seen = await Second.FindAsync(grant.UserCode.ToLowerInvariant());
        Assert.Equal(GrantStatus.Pending, seen?.Status);
        Assert.Equal(
            ("ci", "Build server", "a laptop", "192.0.2.1", "curl/8", "llm:invoke files:read", null),
            (seen!.ClientId, seen.ClientTitle, seen.DeviceLabel, seen.Address, seen.Agent, string.Join(' ', seen.Scopes), seen.TokenId)
        );
        Assert.Equal("approved", await Second.ApproveAsync(grant.UserCode, ByAda));
        var waiting = Assert.Single(await KeysAsync());
        Assert.Null(waiting.Hash);

        var collected = await PollAsync(Third, grant);

        Assert.Equal((CollectedKind.Token, Ada.Id), (collected.Kind, collected.Account?.Id));
        var token = collected.Token!.Token;
        var key = Assert.Single(await KeysAsync());
        Assert.True(KeyToken.TryParse(token, out _));
        Assert.StartsWith("aso_", token, StringComparison.Ordinal);
        Assert.Equal(key.Id, KeyToken.IdOf(token));
        Assert.Equal(HashMatch.Current, Hasher.Compare(token, key.Hash));
        Assert.Equal(
            (KeyFormat.Aso, Ada.Id, "ci", "a laptop", "llm:invoke files:read"),
            (key.Format, key.UserId, key.ClientId, key.DeviceLabel, key.Scopes)
        );
        Assert.Equal(TimeSpan.FromDays(14), key.ExpiresAt - key.CreatedAt);
        Assert.Equal(key.Id, (await First.FindAsync(grant.UserCode))?.TokenId);
        Assert.Equal(CollectedKind.Expired, (await PollAsync(First, grant)).Kind);
        Assert.Equal(["device.approved", "device.collected", "key.created"], (await EventsAsync()).Order(StringComparer.Ordinal));
    }

    [RequiresStoreFact]
    public async Task CodesAndToken_StandInNoColumn()
    {
        var (grant, denied, waiting) = (await StartAsync(), await StartAsync("a phone"), await StartAsync("a tablet"));
        await Second.ApproveAsync(grant.UserCode, ByAda);
        await Second.ApproveAsync(waiting.UserCode, External(email: "eve@elsewhere.example"));
        await Second.DenyAsync(denied.UserCode, ByAda);
        var token = (await PollAsync(Third, grant)).Token!.Token;

        var dump = await DumpAsync();

        Assert.Contains("a laptop", dump, StringComparison.Ordinal);
        Assert.Contains(Convert.ToHexString(Hasher.Hash(token).ToArray()), dump, StringComparison.Ordinal);
        string[] secrets = [token, token[^20..], .. new[] { grant, denied, waiting }.SelectMany(SecretsOf)];
        foreach (var secret in secrets)
        {
            Assert.DoesNotContain(secret, dump, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(
                Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes(secret))),
                dump,
                StringComparison.OrdinalIgnoreCase
            );
        }

        static string[] SecretsOf(StartedGrant grant) =>
            [grant.DeviceCode, grant.DeviceCode["dc_".Length..], grant.UserCode, UserCode.Read(grant.UserCode)!];
    }

    [RequiresStoreFact]
    public async Task ParallelPolls_OneGetsTheToken()
    {
        var grant = await StartAsync();
        await Second.ApproveAsync(grant.UserCode, ByAda);

        DeviceReplica[] replicas = [First, Second, Third];
        var polls = await Task.WhenAll(
            Enumerable.Range(0, AtOnce).Select(number => Task.Run(() => replicas[number % 3].CollectAsync(grant.DeviceCode)))
        );

        var token = Assert.Single(polls, poll => poll.Kind == CollectedKind.Token).Token!.Token;
        Assert.All(polls.Where(poll => poll.Token is null), poll => Assert.Equal(CollectedKind.SlowDown, poll.Kind));
        var key = Assert.Single(await KeysAsync());
        Assert.Equal(HashMatch.Current, Hasher.Compare(token, key.Hash));
    }

    [RequiresStoreFact]
    public async Task PollsThatReachTheConsumptionTogether_MakeOneToken()
    {
        // Each poll alone is in time; the status decides which of them consumes.
        var grant = await StartAsync();
        await Second.ApproveAsync(grant.UserCode, ByAda);
        var clocks = Enumerable.Range(1, AtOnce).Select(number => new FakeTimeProvider(Time.GetUtcNow().AddSeconds(6 * number)));
        var late = clocks.Select(clock => new DeviceReplica(OpenStore(), Hasher, Options, clock)).ToList();

        var polls = await Task.WhenAll(late.Select(replica => Task.Run(() => replica.CollectAsync(grant.DeviceCode))));

        Assert.Single(polls, poll => poll.Kind == CollectedKind.Token);
        Assert.DoesNotContain(polls, poll => poll.Kind is CollectedKind.Pending or CollectedKind.Denied);
        foreach (var replica in late)
        {
            await replica.DisposeAsync();
        }
    }

    [RequiresStoreFact]
    public async Task ApprovalsAndDenialsAtOnce_OneWins()
    {
        var grant = await StartAsync();
        var decisions = Enumerable
            .Range(0, AtOnce)
            .Select(number =>
                Task.Run(() => number % 2 == 0 ? First.ApproveAsync(grant.UserCode, ByAda) : Second.DenyAsync(grant.UserCode, ByAda))
            );

        var words = (await Task.WhenAll(decisions)).ToList();

        var winner = Assert.Single(words, word => word != "already_resolved");
        var row = await RowAsync();
        Assert.Equal(winner, row.Status.ToString().ToLowerInvariant());
        Assert.Equal(winner == "approved" ? 1 : 0, (await KeysAsync()).Count);
        var answer = (await PollAsync(Third, grant)).Kind;
        Assert.Equal(winner == "approved" ? CollectedKind.Token : CollectedKind.Denied, answer);
    }

    [RequiresStoreFact]
    public async Task Denial_IsAnsweredOnce()
    {
        var grant = await StartAsync();
        Assert.Equal("denied", await Second.DenyAsync(grant.UserCode, ByAda));

        Assert.Equal(CollectedKind.Denied, (await PollAsync(Third, grant)).Kind);
        Assert.Equal(CollectedKind.Expired, (await PollAsync(Third, grant)).Kind);
        Assert.Equal("already_resolved", await First.ApproveAsync(grant.UserCode, ByAda));
        Assert.Empty(await KeysAsync());
        Assert.Equal(["device.denied"], await EventsAsync());
    }

    [RequiresStoreFact]
    public async Task Polls_FasterThanTheInterval_AreSlowedDownWhateverTheState()
    {
        var grant = await StartAsync();
        Assert.Equal(CollectedKind.Pending, (await First.CollectAsync(grant.DeviceCode)).Kind);
        Time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(CollectedKind.SlowDown, (await Second.CollectAsync(grant.DeviceCode)).Kind);
        await Second.ApproveAsync(grant.UserCode, ByAda);
        Time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(CollectedKind.SlowDown, (await Third.CollectAsync(grant.DeviceCode)).Kind);
        Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(CollectedKind.Token, (await Third.CollectAsync(grant.DeviceCode)).Kind);
        Assert.Equal(CollectedKind.SlowDown, (await First.CollectAsync(grant.DeviceCode)).Kind);
    }

    [RequiresStoreFact]
    public async Task OtherClientOrUnknownCode_IsExpiredAndLeavesTheGrant()
    {
        var grant = await StartAsync();
        await Second.ApproveAsync(grant.UserCode, ByAda);

        foreach (
            var (code, client) in new[]
            {
                (grant.DeviceCode, "other"),
                (grant.DeviceCode, "none"),
                (grant.DeviceCode, ""),
                (GrantCodes.NewDeviceCode(), "ci"),
                (grant.UserCode, "ci"),
                ("", "ci"),
                (new string('x', 10_000), "ci"),
                ($"dc_{new string('ä', 32)}", "ci"),
            }
        )
        {
            Assert.Equal(new(CollectedKind.Expired, null, null, null), await Third.CollectAsync(code, client));
        }

        Assert.Null((await RowAsync()).LastPollAt);
        Assert.Equal(CollectedKind.Token, (await Third.CollectAsync(grant.DeviceCode)).Kind);
    }

    [RequiresStoreFact]
    public async Task AfterItsLife_NothingOpensAndTheSweepRevokesTheWaitingToken()
    {
        var (pending, approved) = (await StartAsync(), await StartAsync("a phone"));
        Time.Advance(TimeSpan.FromSeconds(899));
        Assert.Equal("approved", await Second.ApproveAsync(approved.UserCode, ByAda));
        Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Null(await Second.FindAsync(pending.UserCode));
        Assert.Equal("expired_or_unknown", await Second.ApproveAsync(pending.UserCode, ByAda));
        Assert.Equal("expired_or_unknown", await Second.DenyAsync(pending.UserCode, ByAda));
        Assert.Equal(CollectedKind.Expired, (await Third.CollectAsync(pending.DeviceCode)).Kind);
        await First.SweepAsync();
        Assert.Null(Assert.Single(await KeysAsync()).RevokedAt);

        Time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(CollectedKind.Expired, (await Third.CollectAsync(approved.DeviceCode)).Kind);
        await First.SweepAsync();
        await Second.SweepAsync();
        Assert.NotNull(Assert.Single(await KeysAsync()).RevokedAt);
        Assert.Equal(["device.approved", "key.created", "key.revoked"], (await EventsAsync()).Order(StringComparer.Ordinal));
    }

    [RequiresStoreFact]
    public async Task Codes_AreNotGivenOutAgainForADay()
    {
        const string Code = "BCDFGHJK";
        Assert.NotNull((await First.StartAsync(Wanted(), () => Code)).Value);
        Time.Advance(TimeSpan.FromSeconds(900) + TimeSpan.FromHours(23));
        await First.SweepAsync();
        var tries = 0;

        Assert.Equal("user_code_exhausted", (await Second.StartAsync(Wanted(), Same)).Refusal?.Code);
        Assert.Equal(5, tries);
        var further = await Second.StartAsync(Wanted(), () => ++tries < 10 ? Code : "WWWWXXXX");
        Assert.Equal("WWWW-XXXX", further.Value.UserCode);
        Time.Advance(TimeSpan.FromHours(1));
        await First.SweepAsync();

        Assert.Equal("BCDF-GHJK", (await Second.StartAsync(Wanted(), () => Code)).Value.UserCode);

        string Same()
        {
            tries++;
            return Code;
        }
    }

    [RequiresStoreFact]
    public async Task CodesOfAnOlderPepper_WorkAndAreNotGivenOutAgain()
    {
        var grant = await StartAsync();
        var rotated = new DeviceReplica(OpenStore(), new([new Secret("a newer pepper"), new Secret(Pepper)]), Options, Time);
        await using var _ = rotated;

        var again = await rotated.StartAsync(Wanted(), () => UserCode.Read(grant.UserCode)!);

        Assert.Equal("user_code_exhausted", again.Refusal?.Code);
        Assert.Equal("approved", await rotated.ApproveAsync(grant.UserCode, ByAda));
        Assert.Equal(CollectedKind.Token, (await rotated.CollectAsync(grant.DeviceCode)).Kind);
    }

    [RequiresStoreFact]
    public async Task SameDeviceAgain_RevokesItsFormerTokenAndErasesTheHash()
    {
        var first = await CollectedAsync("a laptop", ByAda);
        var phone = await CollectedAsync("a phone", ByAda);
        var stranger = await CollectedAsync("a laptop", External());
        var second = await CollectedAsync("a laptop", ByAda);
        var again = await CollectedAsync("a laptop", External());

        var keys = (await KeysAsync()).ToDictionary(key => key.Id);

        foreach (var former in new[] { first, stranger })
        {
            Assert.NotNull(keys[former.Key.Id].RevokedAt);
            Assert.Null(keys[former.Key.Id].Hash);
        }

        foreach (var live in new[] { phone, second, again })
        {
            Assert.Null(keys[live.Key.Id].RevokedAt);
            Assert.Equal(HashMatch.Current, Hasher.Compare(live.Token, keys[live.Key.Id].Hash));
        }

        Assert.Equal(2, (await EventsAsync()).Count(action => action == "key.revoked"));
    }

    [RequiresStoreFact]
    public async Task ApprovalsOfOneDeviceAtOnce_LeaveOneLiveToken()
    {
        var grants = new List<StartedGrant>();
        for (var number = 0; number < 8; number++)
        {
            grants.Add(await StartAsync());
        }

        var words = await Task.WhenAll(
            grants.Select((grant, number) => Task.Run(() => (number % 2 == 0 ? First : Second).ApproveAsync(grant.UserCode, ByAda)))
        );

        Assert.All(words, word => Assert.Equal("approved", word));
        Assert.Single(await KeysAsync(), key => key.RevokedAt is null);
        var polls = new List<CollectedKind>();
        foreach (var grant in grants)
        {
            polls.Add((await Third.CollectAsync(grant.DeviceCode)).Kind);
        }

        Assert.Single(polls, kind => kind == CollectedKind.Token);
        Assert.All(polls.Where(kind => kind != CollectedKind.Token), kind => Assert.Equal(CollectedKind.Denied, kind));
    }

    [RequiresStoreFact]
    public async Task RevokedBeforeItsCollection_IsDeniedOnce()
    {
        var grant = await StartAsync();
        await Second.ApproveAsync(grant.UserCode, ByAda);
        var id = Assert.Single(await KeysAsync()).Id;
        Assert.Null((await new RevokeKey(First.Store, Time).RunAsync(id, CancellationToken.None)).Refusal);

        Assert.Equal(new(CollectedKind.Denied, null, null, null), await PollAsync(Third, grant));
        Assert.Equal(CollectedKind.Expired, (await PollAsync(Third, grant)).Kind);
        Assert.Null(Assert.Single(await KeysAsync()).Hash);
    }

    /// <summary>A store that writes one after the other lets the collection end first; the revocation then ends its token.</summary>
    [RequiresStoreFact]
    public async Task RevokedDuringTheCollection_LeavesNoToken()
    {
        var grant = await StartAsync();
        await Second.ApproveAsync(grant.UserCode, ByAda);
        var id = Assert.Single(await KeysAsync()).Id;
        var revocation = Task.CompletedTask;
        var between = new AfterReadOfKeys(() =>
        {
            revocation = Task.Run(() => new RevokeKey(First.Store, Time).RunAsync(id, CancellationToken.None));
            return IsSerial ? Task.CompletedTask : revocation;
        });
        await using var collector = Replica(between);

        var collected = await collector.CollectAsync(grant.DeviceCode);

        await revocation;
        Assert.True(between.HasRun);
        Assert.Equal(
            IsSerial ? (CollectedKind.Token, true) : (CollectedKind.Pending, false),
            (collected.Kind, collected.Token is not null)
        );
        Assert.NotNull(Assert.Single(await KeysAsync()).RevokedAt);
        Assert.Equal(IsSerial ? CollectedKind.Expired : CollectedKind.Denied, (await PollAsync(Third, grant)).Kind);
        Assert.Equal(IsSerial ? 1 : 0, (await EventsAsync()).Count(action => action == "device.collected"));
    }

    [RequiresStoreFact]
    public async Task OwnerSuspendedBeforeTheCollection_GetsNoToken()
    {
        var grant = await StartAsync();
        await Second.ApproveAsync(grant.UserCode, ByAda);
        await SuspendAsync();

        Assert.Equal(CollectedKind.Denied, (await PollAsync(Third, grant)).Kind);

        var key = Assert.Single(await KeysAsync());
        Assert.NotNull(key.RevokedAt);
        Assert.Null(key.Hash);
    }

    [RequiresStoreFact]
    public async Task ExternalIdentity_GetsATokenOfItsKind()
    {
        var grant = await StartAsync();
        Assert.Equal("email_belongs_to_account", await Second.ApproveAsync(grant.UserCode, External(email: "aDA@example.COM")));
        Assert.Equal("approved", await Second.ApproveAsync(grant.UserCode, External(email: "eve@elsewhere.example")));

        var collected = await PollAsync(Third, grant);

        Assert.StartsWith("ase_", collected.Token!.Token, StringComparison.Ordinal);
        Assert.Equal((null, "eve@elsewhere.example"), (collected.Account, collected.SubjectEmail));
        var key = Assert.Single(await KeysAsync());
        Assert.Equal(
            (KeyFormat.Ase, null, "https://id.example", "eve", IdentityFactory.ExternalScopes),
            (key.Format, key.UserId, key.ExternalIssuer, key.ExternalSubject, key.Scopes)
        );
    }

    /// <summary>An approval holds this lock while it revokes the former token of the device.</summary>
    [RequiresStoreFact]
    public async Task RevocationOfAnExternalToken_WaitsForTheApprovalsOfItsPerson()
    {
        var grant = await StartAsync();
        await Second.ApproveAsync(grant.UserCode, External());
        var key = Assert.Single(await KeysAsync());
        await using var context = Second.Store.Open();
        var person = StoreLocks.KeysOf(ExternalPerson.Of(key.ExternalIssuer!, key.ExternalSubject!));
        var approval = await context.BeginExclusiveAsync(person, CancellationToken.None);

        var revocation = Task.Run(() => new RevokeKey(First.Store, Time).RunAsync(key.Id, CancellationToken.None));
        var first = await Task.WhenAny(revocation, Task.Delay(TimeSpan.FromMilliseconds(500)));

        Assert.NotSame(revocation, first);
        await approval.DisposeAsync();
        Assert.Null((await revocation).Refusal);
    }

    [RequiresStoreFact]
    public async Task Approvers_WhoMayHaveNoToken_AreRefusedAndLeaveTheGrant()
    {
        var grant = await StartAsync();
        foreach (
            var by in new[]
            {
                new Approver(),
                new Approver { UserId = Guid.NewGuid().ToString() },
                new Approver { UserId = Ada.Id, External = new("https://id.example", "eve") },
                new Approver { External = new("", "eve") },
                new Approver { External = new("https://id.example", "") },
                new Approver { External = new("a|b", "eve") },
            }
        )
        {
            Assert.Equal("user_not_active", await Second.ApproveAsync(grant.UserCode, by));
        }

        await SuspendAsync();
        Assert.Equal("user_not_active", await Second.ApproveAsync(grant.UserCode, ByAda));
        Assert.Equal(GrantStatus.Pending, (await RowAsync()).Status);
        Assert.Empty(await KeysAsync());
    }

    [RequiresStoreFact]
    public async Task Proof_CountsForOneDecisionOnAllReplicas_AndARefusalLeavesIt()
    {
        var by = External() with { Address = "198.51.100.1" };
        var (first, second, third) = (await StartAsync(), await StartAsync("a phone"), await StartAsync("a tablet"));
        Options.SameNetwork = SameNetwork.Require;
        Assert.Equal("other_network", await First.ApproveAsync(first.UserCode, by));
        Options.SameNetwork = SameNetwork.Off;

        var answers = await Task.WhenAll(
            First.ApproveAsync(first.UserCode, by),
            Second.DenyAsync(second.UserCode, by),
            Third.ApproveAsync(third.UserCode, by)
        );

        Assert.Single(answers, answer => answer is "approved" or "denied");
        Assert.Equal(2, answers.Count(answer => answer == "session_already_consumed"));
        Assert.Equal(answers.Count(answer => answer == "approved"), (await KeysAsync()).Count);
        await using var context = OpenStore().Open();
        Assert.Equal(2, await context.DeviceGrants.CountAsync(grant => grant.Status == GrantStatus.Pending));
        Assert.Equal(
            "session_already_consumed",
            await First.ApproveAsync(answers[0] == "approved" ? third.UserCode : first.UserCode, by with { ProofId = null })
        );
    }

    [RequiresStoreFact]
    public async Task RequiredNetwork_HoldsForApprovalsOnly()
    {
        Options.SameNetwork = SameNetwork.Require;
        var (near, far) = (await StartAsync(), await StartAsync("a phone"));

        Assert.Equal("other_network", await Second.ApproveAsync(far.UserCode, ByAda with { Address = "198.51.100.1" }));
        Assert.Equal("other_network", await Second.ApproveAsync(far.UserCode, ByAda with { Address = null }));
        Assert.Equal("denied", await Second.DenyAsync(far.UserCode, ByAda with { Address = "198.51.100.1" }));
        Assert.Equal("approved", await Second.ApproveAsync(near.UserCode, ByAda));
    }

    [RequiresStoreFact]
    public async Task Start_IsRefused()
    {
        Assert.Equal("unsupported_client", (await First.StartAsync(Wanted(client: "none"))).Refusal?.Code);
        Assert.Equal("unsupported_client", (await First.StartAsync(Wanted(client: "CI"))).Refusal?.Code);
        Assert.Equal("invalid_argument", (await First.StartAsync(Wanted(label: ""))).Refusal?.Code);
        Assert.Equal("invalid_argument", (await First.StartAsync(Wanted(label: new string('x', 129)))).Refusal?.Code);
        Assert.Equal("invalid_argument", (await First.StartAsync(Wanted(label: "a\u202Eb"))).Refusal?.Code);
        Assert.Equal("invalid_scope", (await First.StartAsync(Wanted(scope: "manage"))).Refusal?.Code);
        Assert.Equal("invalid_scope", (await First.StartAsync(Wanted(scope: "unknown"))).Refusal?.Code);
        Assert.Equal("invalid_scope", (await First.StartAsync(Wanted(scope: "llm:invoke a\"b"))).Refusal?.Code);
        Options.Networks = ["198.51.100.0/24"];
        Assert.Equal("access_denied", (await First.StartAsync(Wanted())).Refusal?.Code);
        Assert.Equal("access_denied", (await First.StartAsync(Wanted(client: "none"))).Refusal?.Code);
        Assert.Equal("access_denied", (await First.StartAsync(Wanted() with { Address = null })).Refusal?.Code);
        Assert.NotNull((await First.StartAsync(Wanted() with { Address = "198.51.100.9" })).Value);
        Options.Enabled = false;
        Assert.Equal("device_flow_off", (await First.StartAsync(Wanted())).Refusal?.Code);
    }

    [RequiresStoreFact]
    public async Task AskedScopes_AreThoseOfTheToken()
    {
        var grant = await StartAsync(scope: "files:read unknown manage");
        await Second.ApproveAsync(grant.UserCode, ByAda);

        Assert.Equal("files:read", (await PollAsync(Third, grant)).Token?.Key.Scopes);
    }

    [RequiresStoreFact]
    public async Task SwitchedOffOrWithoutItsClient_NothingOpens()
    {
        var (grant, approved) = (await StartAsync(), await StartAsync("a phone"));
        await Second.ApproveAsync(approved.UserCode, ByAda);
        Options.Enabled = false;
        await NothingOpensAsync();
        Options.Enabled = true;
        Options.Clients.RemoveAt(0);
        await NothingOpensAsync();

        async Task NothingOpensAsync()
        {
            Assert.Null(await Second.FindAsync(grant.UserCode));
            Assert.Equal("expired_or_unknown", await Second.ApproveAsync(grant.UserCode, ByAda));
            Assert.Equal("expired_or_unknown", await Second.DenyAsync(grant.UserCode, ByAda));
            Assert.Equal(CollectedKind.Expired, (await PollAsync(Third, approved)).Kind);
        }
    }

    [RequiresStoreFact]
    public async Task LiveGrants_AreAtMostFiveThousand()
    {
        await using (var context = First.Store.Open())
        {
            context.DeviceGrants.AddRange(
                Enumerable
                    .Range(0, StartGrant.MostLive)
                    .Select(number => new DeviceGrant
                    {
                        Id = Guid.NewGuid().ToString(),
                        DeviceCodeHash = RandomNumberGenerator.GetBytes(32),
                        UserCodeHash = RandomNumberGenerator.GetBytes(32),
                        ClientId = "ci",
                        DeviceLabel = "a laptop",
                        Scopes = "",
                        CreatedAt = Time.GetUtcNow(),
                        ExpiresAt = Time.GetUtcNow().AddSeconds(1 + (number > 0 ? 60 : 0)),
                    })
            );
            await context.SaveChangesAsync();
        }

        Assert.Equal("too_many_grants", (await Second.StartAsync(Wanted())).Refusal?.Code);
        Time.Advance(TimeSpan.FromSeconds(1));
        var racing = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Second.StartAsync(Wanted()))));
        Assert.InRange(racing.Count(one => one.Refusal is null), 0, 1);
        if (Array.TrueForAll(racing, one => one.Refusal is not null))
        {
            Assert.Null((await Second.StartAsync(Wanted())).Refusal);
        }
    }

    [RequiresStoreFact]
    public async Task Events_AreCounted()
    {
        var counted = new List<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Scope == Second.Meters)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) => counted.Add($"{tags[0].Value}"));
        listener.Start();
        var started = (await Second.StartAsync(Wanted())).Value;
        await Second.ApproveAsync(started.UserCode, ByAda);
        await Second.CollectAsync(started.DeviceCode);
        await Second.DenyAsync((await StartAsync()).UserCode, ByAda);
        await Second.FindAsync("BCDF-GHJK");
        await Second.FindAsync("?");
        await Second.ApproveAsync("BCDF-GHJK", ByAda);
        await Second.FindAsync(started.UserCode);

        Assert.Equal(["started", "approved", "collected", "denied", "unknown_code", "unknown_code", "unknown_code"], counted);
    }

    private async Task<IssuedKey> CollectedAsync(string label, Approver by)
    {
        var grant = await StartAsync(label);
        Assert.Equal("approved", await Second.ApproveAsync(grant.UserCode, by));
        return (await PollAsync(Third, grant)).Token!;
    }

    private async Task SuspendAsync()
    {
        await using var context = First.Store.Open();
        await context
            .Users.Where(user => user.Id == Ada.Id)
            .ExecuteUpdateAsync(set => set.SetProperty(user => user.Status, UserStatus.Suspended));
    }
}
