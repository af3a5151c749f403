using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Tests.Administration.ExternalApproval;

/// <summary>People with an account do not pass for people without one.</summary>
public sealed class AccountsAsExternalTests
{
    /// <summary>A suspension ends the access of the person, also as a person without an account.</summary>
    [Theory]
    [InlineData(nameof(UserStatus.Active))]
    [InlineData(nameof(UserStatus.Suspended))]
    [InlineData(nameof(UserStatus.Deleted))]
    public async Task Identity_OfAnAccount_ApprovesNoDevice_AsAPersonWithoutOne(string status)
    {
        await using var site = await ApprovalSite.StartAsync();
        var id = await site.Console.AddPersonAsync("bob");
        await using (var context = site.Console.Store.Open())
        {
            context.UserIdentities.Add(
                new()
                {
                    Issuer = site.One.Issuer,
                    Subject = site.One.Subject,
                    UserId = id,
                    CreatedAt = DateTimeOffset.UnixEpoch,
                }
            );
            await context.SaveChangesAsync();
        }

        await site.Console.ChangeUserAsync("bob", user => user.Status = Enum.Parse<UserStatus>(status));
        var started = await site.BeginAsync();
        using var browser = site.Console.Open();
        await site.SignInAsync(browser, started.UserCode);
        await ApprovalSite.DecideAsync(browser, started.UserCode);

        var answer = await site.PollAsync(started);

        Assert.True(answer.Status == 400, $"{answer.Status} {(answer.Status == 200 ? answer.Json["subject_type"] : answer.Text)}");
    }

    [Theory]
    [InlineData("EVA@Example.com", "eva@example.com")]
    [InlineData("ÉVA@example.com", "éva@example.com")]
    public async Task Email_OfAnAccount_IsFound_InAnyCase(string account, string given)
    {
        await using var site = await ApprovalSite.StartAsync();
        await site.Console.AddPersonAsync("eva");
        await site.Console.ChangeUserAsync("eva", user => user.Email = account);
        site.One.Claims = claims => (claims["email"], claims["email_verified"]) = (given, true);
        var started = await site.BeginAsync();
        using var browser = site.Console.Open();

        Assert.Equal("/device?sso_error=email_belongs_to_account", await site.SignInAsync(browser, started.UserCode));
    }
}
