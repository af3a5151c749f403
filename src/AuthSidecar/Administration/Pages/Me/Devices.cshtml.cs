using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Authorization;

namespace AuthSidecar.Administration.Pages.Me;

/// <summary>Programs on devices that the person allowed to act for them.</summary>
[Authorize(ConsolePolicies.Session)]
internal sealed class DevicesModel(ListKeys list, TimeProvider time) : OwnPage
{
    private const int PerPage = 200;

    /// <summary>Those in force, the newest first.</summary>
    public IReadOnlyList<ApiKey> Devices { get; private set; } = [];

    /// <summary>Programs with more than one device.</summary>
    public IEnumerable<string> Programs =>
        Devices
            .Select(device => device.ClientId)
            .OfType<string>()
            .GroupBy(client => client)
            .Where(group => group.Count() > 1)
            .Select(group => group.Key);

    public async Task OnGetAsync()
    {
        var filter = new KeyFilter
        {
            User = UserId,
            IsDevice = true,
            NewestFirst = true,
            Take = PerPage,
        };
        var now = time.GetUtcNow();
        Devices = [.. (await list.RunAsync(filter, Aborted)).Value.Items.Where(device => KeyWords.IsUsable(device, now))];
    }
}
