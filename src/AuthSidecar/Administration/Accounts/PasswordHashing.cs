using System.Runtime.InteropServices;
using System.Security.Cryptography;
using AuthSidecar.Administration.Shared;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace AuthSidecar.Administration.Accounts;

internal enum PasswordVerdict
{
    /// <summary>Default. Not the password.</summary>
    Wrong,
    Right,

    /// <summary>The password, whose hash has too few iterations by now.</summary>
    RightButOld,

    /// <summary>Not checked: too many others wait.</summary>
    Busy,
}

/// <summary>
/// Hashes passwords with ASP.NET Core's hasher: PBKDF2 with HMAC-SHA512. At most two at once on threads of low priority, because the
/// process also answers Check.
/// </summary>
/// <param name="hasher">Null: the one with <see cref="Iterations"/>.</param>
internal sealed class PasswordHashing(PasswordHasher<object>? hasher = null) : IDisposable
{
    public const int Iterations = 210_000;
    public const int MostAtOnce = 2;
    public const int LongestQueue = 20;

    private const int ProcessPriority = 0;
    private const int Nice = 10;

    private readonly PasswordHasher<object> _hasher = hasher
        ?? new(Options.Create(new PasswordHasherOptions { IterationCount = Iterations }));

    private readonly SemaphoreSlim _slots = new(MostAtOnce);
    private readonly string _dummy = MakeDummy();
    private int _running;

    /// <summary>Takes the same time for every hash, also without one, and for a text of any length.</summary>
    /// <param name="hash">The stored hash; null: there is none, and the result is never right.</param>
    /// <param name="password">The password, as typed.</param>
    /// <param name="cancellationToken">Ends the wait for other hashes.</param>
    public async Task<PasswordVerdict> VerifyAsync(string? hash, string password, CancellationToken cancellationToken)
    {
        // A longer text is no password, and takes longer to hash.
        if (password.Length > PasswordRules.Longest)
        {
            (hash, password) = (null, "");
        }

        var verdict = PasswordVerdict.Wrong;
        return await TryRunAsync(() => verdict = Verify(hash ?? _dummy, password), cancellationToken)
            ? hash is null
                ? PasswordVerdict.Wrong
                : verdict
            : PasswordVerdict.Busy;
    }

    /// <param name="password">The password, of at most <see cref="PasswordRules.Longest"/> characters.</param>
    /// <param name="cancellationToken">Ends the wait for other hashes.</param>
    /// <returns>Null: too many others wait.</returns>
    public async Task<string?> HashAsync(string password, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(password.Length, PasswordRules.Longest);
        string? hash = null;
        await TryRunAsync(() => hash = _hasher.HashPassword(this, password), cancellationToken);
        return hash;
    }

    /// <summary>Refuses a new password that breaks <see cref="PasswordRules"/>; the estimate takes as long as a hash.</summary>
    /// <param name="password">The password, as typed.</param>
    /// <param name="words">What is known of its person.</param>
    /// <param name="cancellationToken">Ends the wait for other hashes.</param>
    /// <returns><c>weak_password</c>, <c>busy</c> or null.</returns>
    public async Task<Refusal?> RefuseWeakAsync(string password, string?[] words, CancellationToken cancellationToken)
    {
        if (PasswordRules.LengthErrorOf(password) is { } length)
        {
            return PasswordRules.Weak(length);
        }

        string? error = null;
        return !await TryRunAsync(() => error = PasswordRules.ErrorOf(password, words), cancellationToken) ? Refusal.Busy()
            : error is null ? null
            : PasswordRules.Weak(error);
    }

    public void Dispose() => _slots.Dispose();

    /// <returns>False: the queue is full.</returns>
    private async Task<bool> TryRunAsync(Action work, CancellationToken cancellationToken)
    {
        try
        {
            if (Interlocked.Increment(ref _running) > MostAtOnce + LongestQueue)
            {
                return false;
            }

            await _slots.WaitAsync(cancellationToken);
            try
            {
                await RunAsync(work);
            }
            finally
            {
                _slots.Release();
            }

            return true;
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    private static Task RunAsync(Action work)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                LowerPriority();
                work();
                done.SetResult();
            }
            catch (Exception fault)
            {
                done.SetException(fault);
            }
        })
        {
            IsBackground = true,
            Name = "password hash",
        }.Start();
        return done.Task;
    }

    private PasswordVerdict Verify(string hash, string password)
    {
        try
        {
            return _hasher.VerifyHashedPassword(this, hash, password) switch
            {
                PasswordVerificationResult.Success => PasswordVerdict.Right,
                PasswordVerificationResult.SuccessRehashNeeded => PasswordVerdict.RightButOld,
                _ => PasswordVerdict.Wrong,
            };
        }
        catch (FormatException)
        {
            return PasswordVerdict.Wrong;
        }
    }

    // The format of the hasher, so that a check takes as long as that of a real hash: version, HMAC-SHA512, iterations, size of the salt
    // (all big-endian), salt, subkey.
    private static string MakeDummy()
    {
        var bytes = new byte[13 + 16 + 32];
        bytes[0] = 1;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(1), 2);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(5), Iterations);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(9), 16);
        RandomNumberGenerator.Fill(bytes.AsSpan(13));
        return Convert.ToBase64String(bytes);
    }

    // The runtime ignores priorities of threads on Linux, where id 0 means the calling thread.
    private static void LowerPriority()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = SetPriority(ProcessPriority, 0, Nice);
        }
        else
        {
            Thread.CurrentThread.Priority = ThreadPriority.BelowNormal;
        }
    }

    [DllImport("libc", EntryPoint = "setpriority")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetPriority(int which, int id, int nice);
}
