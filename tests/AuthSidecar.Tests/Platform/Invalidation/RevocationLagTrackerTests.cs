using AuthSidecar.Platform.Invalidation;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Platform.Invalidation;

/// <summary>The lag of each change is measured once, at its first arrival.</summary>
public sealed class RevocationLagTrackerTests : IDisposable
{
    private readonly FakeTimeProvider _time = new(new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero));
    private readonly TestMeters _meters = new();
    private readonly Scrape _scrape;
    private readonly RevocationLagTracker _ledger;

    public RevocationLagTrackerTests()
    {
        _scrape = new(_meters);
        _ledger = new(new(_meters, _time));
        _ledger.Read(10, []);
    }

    public void Dispose()
    {
        _scrape.Dispose();
        _meters.Dispose();
    }

    [Fact]
    public void MessageThenTable_IsMeasuredByTheMessage()
    {
        var change = Made(11);
        _time.Advance(TimeSpan.FromMilliseconds(250));
        _ledger.Receive([change]);
        _time.Advance(TimeSpan.FromSeconds(2));
        _ledger.Receive([change]);
        _ledger.Read(11, [change]);
        _ledger.Receive([change]);

        Assert.Equal((1, 0.25, 0), Measured());
    }

    [Fact]
    public void TableAlone_IsMeasured_AndLateIsCounted()
    {
        var change = Made(11);
        _time.Advance(TimeSpan.FromSeconds(1.5));
        _ledger.Read(11, [change]);
        _ledger.Read(12, [Made(12)]);

        Assert.Equal((2, 1.5, 1), Measured());
    }

    [Fact]
    public void OwnChange_IsNotMeasured()
    {
        var change = Made(11);
        _ledger.Make([change]);
        _time.Advance(TimeSpan.FromSeconds(2));
        _ledger.Receive([change]);
        _ledger.Read(11, [change]);

        Assert.Equal((0, 0, 0), Measured());
    }

    [Fact]
    public void ClockOfAnotherMachine_CannotMakeTheLagNegative()
    {
        _ledger.Receive([
            new()
            {
                Sequence = 11,
                KeyId = "k",
                At = _time.GetUtcNow().AddMinutes(1),
            },
        ]);

        Assert.Equal((1, 0, 0), Measured());
    }

    [Fact]
    public void AnotherDatabase_BeginsAnew()
    {
        _ledger.Receive([Made(11)]);
        _ledger.Read(5, []);
        _ledger.Receive([Made(11)]);

        Assert.Equal((2, 0, 0), Measured());
    }

    private CacheInvalidation Made(long sequence) =>
        new()
        {
            Sequence = sequence,
            KeyId = "k",
            At = _time.GetUtcNow(),
        };

    private (double Count, double Sum, double Late) Measured()
    {
        var samples = _scrape.Read().Samples;
        return (
            samples.GetValueOrDefault("authsidecar_revocation_lag_seconds_count"),
            samples.GetValueOrDefault("authsidecar_revocation_lag_seconds_sum"),
            samples["authsidecar_revocation_late_total"]
        );
    }
}
