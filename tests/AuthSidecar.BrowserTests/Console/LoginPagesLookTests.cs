using AuthSidecar.Administration.Accounts;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace AuthSidecar.BrowserTests.Console;

/// <summary>The pages around a session, and those of errors, in Chromium.</summary>
[Collection(OwnPagesSite.Collection)]
public sealed class LoginPagesLookTests(OwnPagesSite site)
{
    private const string Chosen = "nine grey lanterns drifting";

    [RequiresFact("chromium")]
    public async Task Login_FirstPassword_AndConfirmation_AreAccessible_AndFit()
    {
        var name = $"lou";
        _ = await site.Host.AddPersonAsync(name);
        var reset = await site.Host.Services.GetRequiredService<ResetPassword>().RunAsync(name, CancellationToken.None);
        var page = await site.OpenAsync(new());
        await using var context = page.Context;
        var watched = await WatchedPage.OfAsync(page);

        await page.GotoAsync("/ui/me/api-keys");
        await LookAsync(watched, "Sign in", "login");
        await SignInAsync(page, name, "wrong");
        await ErrorAsync(watched, "login-error");
        await SignInAsync(page, name, reset.Value.Password);
        await LookAsync(watched, "Set your password", "set-password-first");
        await SendAsync(page, "New password", "short", "Set password");
        await ErrorAsync(watched, "set-password-error");
        await SendAsync(page, "New password", Chosen, "Set password");
        await LookAsync(watched, "Your keys", "set-password-done");

        await page.GotoAsync("/ui/set-password");
        await LookAsync(watched, "Set your password", "set-password");
        await page.GotoAsync("/ui/reauthenticate?return=/ui/me/sessions");
        await LookAsync(watched, "Confirm your password", "reauthenticate");
        await SendAsync(page, "Password", "wrong", "Confirm");
        await ErrorAsync(watched, "reauthenticate-error");

        await page.GotoAsync("/ui/me/api-keys");
        await using (var store = site.Host.Store.Open())
        {
            await store
                .Sessions.Where(session => session.User!.Name == name)
                .ExecuteUpdateAsync(set => set.SetProperty(session => session.EndedAt, DateTimeOffset.UtcNow));
        }

        await SendAsync(page, "Name", "laptop", "Create key");
        await LookAsync(watched, "Sign in", "login-ended");
        await SignInAsync(page, name, Chosen);
        await LookAsync(watched, "Send your form now?", "resend");
    }

    [RequiresFact("chromium")]
    public async Task Login_BeforeTheFirstAdmin_IsAccessible_AndFits()
    {
        await site.Host.ChangeUserAsync(OwnPagesSite.Admin, user => user.Role = UserRole.User);
        try
        {
            var page = await site.OpenAsync(new());
            await using var context = page.Context;
            var watched = await WatchedPage.OfAsync(page);
            await page.GotoAsync("/ui/login");
            await Assertions.Expect(page.GetByText("No administrator can sign in yet.")).ToBeVisibleAsync();
            await LookViews.MustHoldAsync(watched, "login-first-admin");
        }
        finally
        {
            await site.Host.ChangeUserAsync(OwnPagesSite.Admin, user => user.Role = UserRole.Admin);
        }
    }

    [RequiresFact("chromium")]
    public async Task Errors_AreAccessible_AndFit()
    {
        var page = await site.SignInAsync("bob", new());
        await using var context = page.Context;
        var watched = await WatchedPage.OfAsync(page);

        await page.GotoAsync("/ui/nothing");
        await LookAsync(watched, "There is no such page", "error-404");
        await page.GotoAsync("/ui/admin");
        await LookAsync(watched, "Only administrators see this page", "error-403");
        await page.EvaluateAsync("document.querySelectorAll('input[type=hidden]').forEach(field => field.value = 'x')");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await LookAsync(watched, "This form was out of date", "error-csrf");

        await WithoutAsync<UsageDay>(async () =>
        {
            await page.GotoAsync("/ui/me");
            await LookAsync(watched, "The console cannot answer right now", "error-503");
        });
        await WithoutAsync<Session>(async () =>
        {
            await page.GotoAsync("/ui/me");
            await LookAsync(watched, "The console does not answer right now", "error-503-store");
        });
    }

    private static async Task LookAsync(WatchedPage watched, string heading, string name)
    {
        await Assertions.Expect(watched.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync(heading);
        await LookViews.MustHoldAsync(watched, name);
    }

    private static async Task ErrorAsync(WatchedPage watched, string name)
    {
        await Assertions.Expect(watched.Page.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
        await LookViews.MustHoldAsync(watched, name);
    }

    private static async Task SignInAsync(IPage page, string name, string password)
    {
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync(name);
        await SendAsync(page, "Password", password, "Sign in");
    }

    private static async Task SendAsync(IPage page, string label, string text, string button)
    {
        await page.GetByLabel(label, new() { Exact = true }).FillAsync(text);
        await page.GetByRole(AriaRole.Button, new() { Name = button }).ClickAsync();
    }

    /// <summary>Takes a table of the store away meanwhile.</summary>
    private async Task WithoutAsync<T>(Func<Task> check)
        where T : class
    {
        await using var store = site.Host.Store.Open();
        var table = store.Model.FindEntityType(typeof(T))!.GetTableName()!;
        await RenameAsync(table, "gone");
        try
        {
            await check();
        }
        finally
        {
            await RenameAsync("gone", table);
        }

#pragma warning disable EF1002 // Names of this test's own.
        Task RenameAsync(string from, string to) => store.Database.ExecuteSqlRawAsync($"ALTER TABLE \"{from}\" RENAME TO \"{to}\"");
#pragma warning restore EF1002
    }
}
