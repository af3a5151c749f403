using AuthSidecar.Administration.Accounts;
using AuthSidecar.TestSupport;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuthSidecar.Tests.Administration.Accounts;

public sealed class AccountsRetentionTests
{
    [Fact]
    public async Task FailedLogins_AreOneAuditEventOfEachUser_EveryQuarterOfAnHourAndAtTheStop()
    {
        await using var accounts = await AccountsFixture.StartAsync();
        var alice = await accounts.UserAsync("alice", null);
        using var retention = new AccountsRetention(
            accounts.Store,
            accounts.Failures,
            new(TimeSpan.FromHours(8), TimeSpan.FromDays(1)),
            accounts.Time,
            NullLogger<AccountsRetention>.Instance
        );
        await retention.StartAsync(CancellationToken.None);
        accounts.Failures.Count(LoginFailure.Invalid, alice);
        accounts.Failures.Count(LoginFailure.Invalid, alice);
        accounts.Failures.Count(LoginFailure.None, null);

        await Eventually.TrueAsync(
            async () =>
            {
                accounts.Time.Advance(TimeSpan.FromMinutes(15));
                return (await EventsAsync()).Count == 1;
            },
            "the failures are recorded"
        );
        accounts.Failures.Count(LoginFailure.Throttled, null);
        await retention.StopAsync(CancellationToken.None);

        Assert.Equal([$"alice {{\"count\":2}}", " {\"count\":1}"], await EventsAsync());

        async Task<List<string>> EventsAsync()
        {
            await using var context = accounts.Store.Open();
            return await context
                .AuditEvents.Where(row => row.Action == "login.failed")
                .OrderBy(row => row.Sequence)
                .Select(row => row.TargetName + " " + row.After)
                .ToListAsync();
        }
    }
}
