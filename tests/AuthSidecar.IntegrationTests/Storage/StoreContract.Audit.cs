using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Tenancy;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Audit;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.IntegrationTests.Storage;

/// <summary>Audited changes and their events are one transaction.</summary>
public abstract partial class StoreContract
{
    [RequiresStoreFact]
    public async Task Changes_AreAuditedWithTheirActor()
    {
        await AddUserAsync();
        var issued = await AddKeyAsync();
        using (Actor.Use(new(ActorKind.Session, "an-id", "grace", "192.0.2.7")))
        {
            await new RevokeKey(Store, Time).RunAsync(issued.Key.Id, CancellationToken.None);
        }

        var events = await EventsAsync();

        Assert.Equal(["user.created", "key.created", "key.revoked"], events.Select(row => row.Action));
        Assert.Equal((ActorKind.System, "system"), (events[1].ActorKind, events[1].ActorName));
        var revoked = events[2];
        Assert.Equal(("an-id", "grace", "192.0.2.7"), (revoked.ActorId, revoked.ActorName, revoked.Address));
        Assert.Equal(("key", issued.Key.Id, "a key"), (revoked.TargetKind, revoked.TargetId, revoked.TargetName));
        Assert.Equal("""{"revokedAt":null}""", revoked.Before);
        Assert.StartsWith("""{"revokedAt":"20""", revoked.After, StringComparison.Ordinal);
    }

    [RequiresStoreFact]
    public async Task FailedSave_LeavesNoEvent()
    {
        await AddUserAsync();
        await using var context = Store.Open();
        context.Users.Add(
            new()
            {
                Id = "another",
                Name = "ADA",
                CreatedAt = default,
                UpdatedAt = default,
            }
        );

        var failure = await Assert.ThrowsAsync<DbUpdateException>(() => context.SaveChangesAsync());

        Assert.True(Store.IsTaken(failure));
        Assert.Single(await EventsAsync());
    }

    [RequiresStoreFact]
    public async Task ColumnsWithoutAudit_LeaveNoEvent()
    {
        await AddUserAsync();
        var issued = await AddKeyAsync();
        await using (var context = Store.Open())
        {
            var key = await context.ApiKeys.SingleAsync();
            key.LastUsedAt = Instant.Now(Time);
            await context.SaveChangesAsync();
        }

        Assert.Equal(2, (await EventsAsync()).Count);
        Assert.DoesNotContain(await EventsAsync(), row => $"{row.Before}{row.After}".Contains(Convert.ToHexString(issued.Key.Hash!)));
    }

    /// <summary>PostgreSQL rejects a NUL, which is no outage.</summary>
    [RequiresStoreFact]
    public async Task TenantWithNul_IsUnknown()
    {
        await AddUserAsync();
        var removed = await new RemoveMember(Store, Time).RunAsync("a\0", "ada", CancellationToken.None);
        Assert.Equal("unknown_member", removed.Refusal?.Code);
    }

    [RequiresStoreFact]
    public async Task MassChange_IsOneEventWithItsCountAndIds()
    {
        await using (var context = Store.Open())
        {
            context.Groups.AddRange(Enumerable.Range(0, 101).Select(number => new Group { Id = $"g{number}" }));
            await context.SaveChangesAsync();
        }

        var row = Assert.Single(await EventsAsync());
        Assert.Equal(("group.created", null), (row.Action, row.TargetId));
        Assert.StartsWith("""{"count":101,"ids":["g""", row.After, StringComparison.Ordinal);
        Assert.Contains("\"g100\"", row.After, StringComparison.Ordinal);
    }

    private async Task<List<AuditEvent>> EventsAsync()
    {
        await using var context = Store.Open();
        return await context.AuditEvents.OrderBy(row => row.Sequence).ToListAsync();
    }
}
