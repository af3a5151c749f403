using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Platform.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Platform.Configuration;

public sealed class LiveOptionsTests : IDisposable
{
    private readonly SettingsDirectory _directory = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch);
    private readonly SettingsMonitor _monitor;

    public LiveOptionsTests()
    {
        Write(1, "/a");
        _monitor = new(_directory.Source, _directory.Load(), _time, NullLogger<SettingsMonitor>.Instance);
        _monitor.Start();
    }

    [Fact]
    public void SectionThatChanged_IsReplaced_AndItsHandlersSeeBoth()
    {
        var limits = _monitor.Section(settings => settings.Limits);
        var seen = new List<(int, int)>();
        limits.Changed += (before, now) => seen.Add((before.UserPermits, now.UserPermits));

        Reload(2, "/a");

        Assert.Equal(2, limits.Current.UserPermits);
        Assert.Equal([(1, 2)], seen);
    }

    [Fact]
    public void AnotherSectionChanges_HandlersAreNotCalled_ButTheCurrentIsOfTheNewSnapshot()
    {
        var limits = _monitor.Section(settings => settings.Limits);
        limits.Changed += (_, _) => Assert.Fail("The section is as before.");

        Reload(1, "/b");

        Assert.Same(_monitor.Current.Settings.Limits, limits.Current);
    }

    [Fact]
    public void AnythingChanges_WhatIsCompiledIsReplaced()
    {
        var policies = _monitor.Compiled(snapshot => snapshot.Policies);
        var calls = 0;
        policies.Changed += (_, _) => calls++;

        Reload(2, "/a");

        Assert.Equal(1, calls);
        Assert.Same(_monitor.Current.Policies, policies.Current);
    }

    [Fact]
    public void Handler_ReadsOtherSections_OfTheSameSnapshot()
    {
        var limits = _monitor.Section(settings => settings.Limits);
        var policies = _monitor.Compiled(snapshot => snapshot.Policies);
        string? matched = null;
        limits.Changed += (_, _) => matched = policies.Current.Match("h", "GET", "/b")?.Name;

        Reload(2, "/b");

        Assert.Equal("a", matched);
    }

    [Fact]
    public void Reading_AllocatesNothing()
    {
        var limits = _monitor.Section(settings => settings.Limits);
        var sum = Read(limits);
        var before = GC.GetAllocatedBytesForCurrentThread();

        sum += Read(limits);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(2000, sum);
    }

    public void Dispose()
    {
        _monitor.Dispose();
        _directory.Dispose();
    }

    private static int Read(LiveOptions<LimitsOptions> limits)
    {
        var sum = 0;
        for (var i = 0; i < 1000; i++)
        {
            sum += limits.Current.UserPermits;
        }

        return sum;
    }

    private void Write(int permits, string path) =>
        _directory.Write(
            SettingsSource.DefaultFile,
            $$"""{ "Limits": { "UserPermits": {{permits}} }, "Policies": { "a": {} }, "Rules": [ { "Path": "{{path}}", "Policy": "a" } ] }"""
        );

    private void Reload(int permits, string path)
    {
        Write(permits, path);
        _time.Advance(TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(1));
    }
}
