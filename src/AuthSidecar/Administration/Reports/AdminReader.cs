using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Reports;

/// <summary>Reads whether a user is an admin. Not cached, so that a removed role takes effect at once.</summary>
internal sealed class AdminReader(Store store, TimeProvider time) : IDisposable
{
    private readonly StoreReadLimiter _reads = new(store, time);

    /// <exception cref="StoreUnavailableException">The store did not answer in time.</exception>
    public Task<bool> IsAdminAsync(string userId, CancellationToken cancellationToken) =>
        _reads.RunAsync(
            "a user",
            context =>
                context.Users.AnyAsync(
                    user => user.Id == userId && user.Role == UserRole.Admin && user.Status == UserStatus.Active,
                    CancellationToken.None
                ),
            cancellationToken
        );

    public void Dispose() => _reads.Dispose();
}
