using AuthSidecar.Access.Apps;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Invalidation;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Tests.Access.Authentication;
using AuthSidecar.Tests.Platform.Configuration;
using AuthSidecar.Tests.Platform.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Corpus;
using Microsoft.Extensions.DependencyInjection;

namespace AuthSidecar.Tests.Access.Apps;

public class AclReloadTests
{
    private static readonly AclRequest _request = new("ann", "account", "ann", "key", "acl-allow", "acme");

    [Theory]
    [InlineData("http://127.0.0.1:1/", true, false)]
    [InlineData(null, true, true)]
    public async Task AnotherPermissionService_IsQueriedAgain(string? address, bool hides, bool isRemembered)
    {
        await using var fixture = await KeyFixture.StartAsync();
        await using var acl = await AclServer.StartAsync();
        using var directory = new SettingsDirectory();
        Write(acl.Address, false);
        var loaded = directory.Load();
        using var settings = new SettingsMonitor(directory.Source, loaded, fixture.Time, new RecordingLogger<SettingsMonitor>());
        await using var services = new ServiceCollection()
            .AddLogging()
            .AddSingleton<TimeProvider>(fixture.Time)
            .AddSingleton<Store>(fixture.Store)
            .AddSettings(settings)
            .AddSingleton(new CacheMetrics(new TestMeters()))
            .AddApps()
            .BuildServiceProvider();
        var cache = services.GetRequiredService<AclCache>();
        Assert.True(await cache.ReadAsync(_request, CancellationToken.None));
        settings.Start();

        Write(address ?? acl.Address, hides);
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        fixture.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(hides, settings.Current.Settings.Apps.HideForeign);
        Assert.Equal(isRemembered, cache.Find(_request, fixture.Time.GetTimestamp()) is not null);

        void Write(string uri, bool hides) =>
            directory.Write(
                SettingsSource.DefaultFile,
                $$"""{ "Apps": { "AclUri": "{{uri}}", "AclTimeout": "00:00:10", "HideForeign": {{(hides ? "true" : "false")}} } }"""
            );
    }
}
